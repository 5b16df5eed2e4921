import { describe, expect, it } from 'vitest';
import { type LaneUnderTest, laneContract, laneContractPages } from '../contract/laneContract.js';
import { openFramedLane, startLanes, testHalfBytes } from '../support/framedLanes.js';
import { HeapSlab } from '../support/heapSlab.js';
import { StubPageHost } from '../support/stubPageHost.js';

function newHost(): StubPageHost {
  return new StubPageHost(new HeapSlab(laneContractPages * 2 * testHalfBytes), testHalfBytes);
}

async function open(kind: 'tcp' | 'unix', direct: boolean): Promise<LaneUnderTest> {
  const host = newHost();
  const server = await startLanes(host, { direct });
  const lane = await openFramedLane(server, kind);
  const close = async (): Promise<void> => {
    await lane.close();
    await server.close();
  };
  return { lane, host, cut: () => void server.close(), dispose: close };
}

laneContract('TCP', () => open('tcp', true));
laneContract('a unix socket', () => open('unix', true));
laneContract('TCP whose payloads the server copies into place', () => open('tcp', false));

describe('a framed lane', () => {
  it('refuses a peer with other pages', async () => {
    const server = await startLanes(newHost());
    await expect(openFramedLane(server, 'tcp', testHalfBytes - 1)).rejects.toMatchObject({ kind: 'invalid' });
    await server.close();
  });
});
