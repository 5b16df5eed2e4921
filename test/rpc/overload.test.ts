import { afterEach, describe, expect, it } from 'vitest';
import type { Peer } from '../../src/core/ports/network.js';
import { type Binding, type NetworkServer, onRequest, onStream } from '../../src/core/ports/network.js';
import { systemClock } from '../../src/observe/systemClock.js';
import { coordinatorEndpoints, workerEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import { guardMemory } from '../../src/rpc/memoryGuard.js';
import { ServerGates } from '../../src/rpc/serverGates.js';
import { deferred } from './echo.js';

const retry = { retryMsMin: 10, retryMsMax: 1_000, returnSpacingMs: 1 };
const few = { runningMax: 2, waitingMax: 3, waitingPerClientMax: 3, waitMsMax: 60_000, ...retry };
const { lookup, heartbeat } = coordinatorEndpoints;

describe('a server with more calls than it takes on', () => {
  const closers: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function serve(bindings: readonly Binding[]): Promise<{
    gates: ServerGates;
    server: NetworkServer;
    dial(): Peer;
  }> {
    const stream = { ...few, waitingMax: 0 };
    const gates = new ServerGates(systemClock, { request: few, stream, page: few });
    const network = new GrpcNetwork({ insecureNetwork: false }, gates);
    const server = await network.serve('127.0.0.1:0', bindings);
    closers.push(() => server.close(0));
    const dial = () => {
      const peer = network.dial(server.address);
      closers.push(() => peer.close());
      return peer;
    };
    return { gates, server, dial };
  }

  it('answers those it takes, and tells all others when to come again', async () => {
    const gate = deferred<void>();
    let most = 0;
    let running = 0;
    const { dial, gates } = await serve([
      onRequest(lookup, async () => {
        running += 1;
        most = Math.max(most, running);
        await gate.promise;
        running -= 1;
        return { cachedBlocks: 1 };
      }),
    ]);
    const peers = Array.from({ length: 5 }, dial);
    let refusals = 0;
    const calls = Array.from({ length: 100 }, (_, at) =>
      peers[at % peers.length]!.request(lookup, {}).catch((error: unknown) => {
        refusals += 1;
        if (refusals === 95) gate.resolve(); // two run and three wait
        return error;
      }),
    );
    const ends = await Promise.all(calls);
    const served = ends.filter((end) => !(end instanceof Error));
    const refused = ends.filter((end) => end instanceof Error);
    expect(served).toHaveLength(5);
    expect(most).toBe(2);
    for (const error of refused) {
      expect(error).toMatchObject({ kind: 'exhausted', context: { retryAfterMs: expect.any(Number) } });
    }
    expect(gates.figures().get('request')).toMatchObject({ waiting: 0, refused: 95 });
  });

  it('still hears its workers', async () => {
    const gate = deferred<void>();
    const { dial } = await serve([
      onRequest(lookup, async () => {
        await gate.promise;
        return {};
      }),
      onRequest(heartbeat, async () => ({})),
    ]);
    const client = dial();
    const refused = deferred<void>();
    const calls = Array.from({ length: 10 }, () => client.request(lookup, {}).catch(() => refused.resolve()));
    await refused.promise;
    await expect(dial().request(heartbeat, {})).resolves.toBeDefined();
    gate.resolve();
    await Promise.all(calls);
  });

  it('does no work for a caller that has gone while it waited', async () => {
    const gate = deferred<void>();
    let begun = 0;
    const full = deferred<void>();
    const { dial, gates } = await serve([
      onRequest(lookup, async () => {
        begun += 1;
        if (begun === 2) full.resolve();
        await gate.promise;
        return {};
      }),
    ]);
    const peer = dial();
    const first = [peer.request(lookup, {}), peer.request(lookup, {})];
    await full.promise;
    const gone = peer.request(lookup, {}, { timeoutMs: 200 });
    await expect(gone).rejects.toMatchObject({ kind: expect.stringMatching(/timedOut|exhausted/) });
    await expect.poll(() => gates.figures().get('request')?.waiting).toBe(0);
    gate.resolve();
    await Promise.all(first);
    expect(begun).toBe(2);
  });

  it('refuses a stream too many at once, and gives the place of one that ends to the next', async () => {
    const { dial } = await serve([
      onStream(workerEndpoints.getPages, async (stream) => {
        for await (const { page } of stream) await stream.send({ page, outcome: 'miss' });
      }),
    ]);
    const peer = dial();
    const open = async () => {
      const stream = peer.stream(workerEndpoints.getPages);
      await stream.send({});
      const answer = await stream[Symbol.asyncIterator]().next();
      return { stream, answer };
    };
    const held = [await open(), await open()];
    await expect(open()).rejects.toMatchObject({
      kind: 'exhausted',
      context: { retryAfterMs: expect.any(Number) },
    });
    held[0]?.stream.end();
    await expect
      .poll(() =>
        open().then(
          () => 'open',
          () => 'refused',
        ),
      )
      .toBe('open');
  });

  it('refuses pages first when memory is near its limit, then all that is gated', async () => {
    const { dial, gates } = await serve([onRequest(lookup, async () => ({}))]);
    const peer = dial();
    let rss = 860;
    const stop = guardMemory(gates, { limitBytes: 1_000, rssBytes: () => rss, clock: systemClock });
    closers.push(stop);
    const asking = { client: 'a', leftMs: 1_000, signal: new AbortController().signal };
    expect(gates.lines.page.enter(asking)).toMatchObject({ kind: 'refused' });
    await expect(peer.request(lookup, {})).resolves.toBeDefined();
    rss = 930;
    await expect
      .poll(() => peer.request(lookup, {}).catch((error: unknown) => error))
      .toMatchObject({ kind: 'exhausted' });
    rss = 500;
    await expect.poll(() => peer.request(lookup, {}).catch(() => null)).not.toBeNull();
  });
});
