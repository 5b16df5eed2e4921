import { expect, it } from 'vitest';
import { KvError } from '../../src/core/errors.js';
import { onRequest } from '../../src/core/ports/network.js';
import { coordinatorEndpoints, workerEndpoints } from '../../src/rpc/endpoints.js';
import { type Connected, gate, type NetworkUnderTest } from './networkUnderTest.js';

const { lookup } = coordinatorEndpoints;
const { decode } = workerEndpoints;

/** What every network does when servers and peers come and go. */
export function networkServers(connected: Connected, make: () => NetworkUnderTest): void {
  it('cannot reach an address where nobody listens', async () => {
    const { client, run } = make();
    const peer = client.dial('127.0.0.1:1');
    await expect(run(peer.request(lookup, {}))).rejects.toMatchObject({ kind: 'unavailable' });
    const stream = peer.stream(decode);
    await expect(run(stream[Symbol.asyncIterator]().next())).rejects.toMatchObject({ kind: 'unavailable' });
    peer.close();
  });

  it('says what a server does not serve', async () => {
    await connected([onRequest(coordinatorEndpoints.status, async () => ({}))], async (peer) => {
      await expect(peer.request(lookup, {})).rejects.toMatchObject({ kind: 'unsupported' });
    });
  });

  it('binds real ports, each once', async () => {
    await connected([], async (_peer, { address }, { server }) => {
      expect(address).toMatch(/^127\.0\.0\.1:[1-9]\d+$/);
      await expect(server.serve(address, [])).rejects.toMatchObject({ kind: 'conflict' });
      await expect(server.serve('nonsense', [])).rejects.toMatchObject({ kind: 'invalid' });
    });
  });

  it('lets calls in flight end when a server closes, and accepts no new ones', async () => {
    const [started, goOn] = [gate(), gate()];
    const binding = onRequest(lookup, async () => {
      started.open();
      await goOn.opened;
      return { cachedBlocks: 7 };
    });
    await connected([binding], async (peer, server, { client }) => {
      const answer = peer.request(lookup, {});
      await started.opened;
      const closed = server.close(60_000);
      const late = client.dial(server.address);
      await expect(late.request(lookup, {})).rejects.toMatchObject({ kind: 'unavailable' });
      late.close();
      goOn.open();
      expect(await answer).toMatchObject({ cachedBlocks: 7 });
      await closed;
    });
  });

  it('cuts calls that outlast the grace of a closing server', async () => {
    const [started, aborted] = [gate(), gate()];
    const binding = onRequest(lookup, async (_message, { signal }) => {
      signal.addEventListener('abort', aborted.open);
      started.open();
      await aborted.opened;
      return {};
    });
    await connected([binding], async (peer, server) => {
      const outcome = expect(peer.request(lookup, {})).rejects.toBeInstanceOf(KvError);
      await started.opened;
      await server.close(10);
      await outcome;
      await aborted.opened;
    });
  });

  it('cancels the calls of a peer that is closed', async () => {
    const [started, aborted] = [gate(), gate()];
    const binding = onRequest(lookup, async (_message, { signal }) => {
      signal.addEventListener('abort', aborted.open);
      started.open();
      await aborted.opened;
      return {};
    });
    await connected([binding], async (peer) => {
      const outcome = expect(peer.request(lookup, {})).rejects.toMatchObject({ kind: 'cancelled' });
      await started.opened;
      peer.close();
      await outcome;
      await aborted.opened;
      await expect(peer.request(lookup, {})).rejects.toMatchObject({ kind: 'cancelled' });
    });
  });
}
