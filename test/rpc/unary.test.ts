import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { errorKinds, KvError } from '../../src/core/errors.js';
import { onRequest } from '../../src/core/ports/network.js';
import { coordinatorEndpoints } from '../../src/rpc/endpoints.js';
import { statusOf } from '../../src/rpc/statusMapping.js';
import { deferred, useNetwork } from './echo.js';

const { lookup, pin } = coordinatorEndpoints;

describe('a request', () => {
  const connect = useNetwork();

  it('reaches its handler and is answered', async () => {
    const { peer } = await connect([
      onRequest(lookup, async ({ namespace, blocks }) => ({
        cachedBlocks: blocks.length,
        epoch: namespace.length,
      })),
    ]);
    const answer = await peer.request(lookup, { namespace: 'abc', blocks: Buffer.alloc(5) });
    expect(answer).toEqual({ cachedBlocks: 5, epoch: 3, stages: [] });
  });

  it('carries tenant and request id', async () => {
    const { peer } = await connect([
      onRequest(lookup, async (_, { tenant, requestId }) => {
        throw new KvError('invalid', `${tenant} ${requestId}`);
      }),
    ]);
    const call = peer.request(lookup, {}, { tenant: 'Łódź 1', requestId: 'r-7' });
    await expect(call).rejects.toMatchObject({ message: 'Łódź 1 r-7' });
  });

  it.each(errorKinds)('that throws %s brings kind, message and context back', async (kind) => {
    const message = 'line with "quotes", ünïcödé and\na break';
    const { peer } = await connect([
      onRequest(lookup, () => {
        throw new KvError(kind, message, { context: { worker: 'w1', from: 2, ready: false } });
      }),
    ]);
    await expect(peer.request(lookup, {})).rejects.toMatchObject({
      name: 'KvError',
      kind,
      message,
      context: { worker: 'w1', from: 2, ready: false },
    });
  });

  it('whose handler throws something else fails as internal', async () => {
    const { peer } = await connect([onRequest(lookup, () => Promise.reject(new TypeError('oops')))]);
    await expect(peer.request(lookup, {})).rejects.toMatchObject({ kind: 'internal', message: 'oops' });
  });

  it('without a handler is unsupported', async () => {
    const { peer } = await connect([onRequest(lookup, async () => ({}))]);
    await expect(peer.request(pin, {})).rejects.toMatchObject({ kind: 'unsupported' });
  });

  it('that outlives its deadline fails, and its handler is told', async () => {
    const reason = deferred<unknown>();
    const { peer } = await connect([
      onRequest(lookup, (_, { signal }) => {
        signal.addEventListener('abort', () => reason.resolve(signal.reason));
        return new Promise(() => {});
      }),
    ]);
    await expect(peer.request(lookup, {}, { timeoutMs: 1_000 })).rejects.toMatchObject({ kind: 'timedOut' });
    expect(await reason.promise).toBeInstanceOf(KvError);
  });

  it('that its caller cancels fails with the reason, and its handler is told', async () => {
    const started = deferred<void>();
    const reason = deferred<unknown>();
    const { peer } = await connect([
      onRequest(lookup, (_, { signal }) => {
        signal.addEventListener('abort', () => reason.resolve(signal.reason));
        started.resolve();
        return new Promise(() => {});
      }),
    ]);
    const controller = new AbortController();
    const call = peer.request(lookup, {}, { signal: controller.signal });
    await started.promise;
    controller.abort(new KvError('cancelled', 'no longer wanted'));
    await expect(call).rejects.toMatchObject({ kind: 'cancelled', message: 'no longer wanted' });
    expect(await reason.promise).toMatchObject({ kind: 'cancelled' });
  });

  it('to nobody is unavailable and names the address', async () => {
    const { server, peer } = await connect([]);
    await server.close(0);
    const call = peer.request(lookup, {});
    await expect(call).rejects.toMatchObject({ kind: 'unavailable', context: { address: server.address } });
  });

  it('on a closed peer is cancelled', async () => {
    const { peer } = await connect([]);
    peer.close();
    await expect(peer.request(lookup, {})).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

describe('statusOf', () => {
  it('has a status of its own for every kind', () => {
    const codes = errorKinds.map((kind) => statusOf(new KvError(kind, '')).code);
    expect(new Set(codes).size).toBe(errorKinds.length);
    expect(codes).not.toContain(status.OK);
  });
});
