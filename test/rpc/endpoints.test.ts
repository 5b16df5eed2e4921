import { describe, expect, it } from 'vitest';
import { coordinatorEndpoints, workerEndpoints } from '../../src/rpc/endpoints.js';
import { etcdRange, etcdTxn } from '../../src/rpc/etcd/etcdEndpoints.js';
import { loadProtos } from '../../src/rpc/loadProtos.js';

const all = [...Object.values(coordinatorEndpoints), ...Object.values(workerEndpoints), etcdRange, etcdTxn];
const ours = all.map(({ kind, service, name }) => `${kind} /${service}/${name}`);

const theirs = Object.values(loadProtos()).flatMap((definition) =>
  'format' in definition
    ? []
    : Object.values(definition).map(
        ({ path, requestStream, responseStream }) =>
          `${requestStream && responseStream ? 'stream' : requestStream || responseStream ? 'half' : 'request'} ${path}`,
      ),
);

describe('endpoints', () => {
  it('are exactly the methods of the .proto files, with the right kind', () => {
    expect(theirs.length).toBeGreaterThan(0);
    expect(ours.toSorted()).toEqual(theirs.toSorted());
  });
});
