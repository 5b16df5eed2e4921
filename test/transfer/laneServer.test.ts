import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import type { LaneLimits } from '../../src/transfer/laneLimits.js';
import type { LaneServer } from '../../src/transfer/laneServer.js';
import { laneTarget } from '../../src/transfer/openLane.js';
import { startLanes, testHalfBytes } from '../support/framedLanes.js';
import { HeapSlab } from '../support/heapSlab.js';
import { RawLane } from '../support/rawLane.js';
import { StubPageHost } from '../support/stubPageHost.js';

describe('LaneServer', () => {
  const servers: LaneServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });
  const start = async (limits: Partial<LaneLimits>) => {
    const host = new StubPageHost(new HeapSlab(2 * testHalfBytes), testHalfBytes);
    const gone: string[] = [];
    const observer = { closed: (_: unknown, { kind }: { kind: string }) => void gone.push(kind) };
    // Time stands still: nothing that lingers ever goes.
    const server = await startLanes(host, { limits, clock: new SimulatedClock(), observer });
    servers.push(server);
    return { server, gone };
  };

  it('keeps nothing of a connection beyond its bound, whatever that one does', async () => {
    const { server, gone } = await start({ connectionsMax: 1 });
    await RawLane.greeted(server);
    const { address } = server
      .issue({ tenant: 'acme', name: 'raw', sameHost: true })
      .offers.find(({ kind }) => kind === 'tcp')!;
    const deaf = connect({ ...laneTarget(address, '127.0.0.1:1'), allowHalfOpen: true });
    deaf.on('error', () => {});
    await once(deaf, 'connect');
    // A connection that lingers goes on reading; one that is closed resets it.
    const closed = new Promise((resolve) => deaf.once('close', resolve));
    const write = setInterval(() => deaf.write(Buffer.alloc(64)), 5);
    await closed;
    clearInterval(write);
    expect(gone).toEqual([]); // it was never one of the server's lanes
  });

  it('holds a bounded number of connections that have not said hello, and takes others then', async () => {
    const { server } = await start({ strangersMax: 2 });
    const first = await RawLane.dial(server);
    const second = await RawLane.dial(server);
    const third = await RawLane.dial(server);
    expect(await third.farewell()).toBe('exhausted\n2 connections have not said hello yet; try again later');
    expect([first.isClosed, second.isClosed]).toEqual([false, false]);
    first.hello(server);
    await expect.poll(() => server.figures().length).toBe(1);
    const fourth = await RawLane.greeted(server);
    expect(fourth.isClosed).toBe(false);
  });
});
