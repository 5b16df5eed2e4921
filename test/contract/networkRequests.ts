import { expect, it } from 'vitest';
import { errorKinds, KvError } from '../../src/core/errors.js';
import { type CallContext, onRequest } from '../../src/core/ports/network.js';
import { coordinatorEndpoints } from '../../src/rpc/endpoints.js';
import { type Connected, gate } from './networkUnderTest.js';

const { lookup } = coordinatorEndpoints;

/** What every network does with requests. */
export function networkRequests(connected: Connected): void {
  it('fills in the fields that a sender leaves out, both ways', async () => {
    const seen: unknown[] = [];
    const binding = onRequest(lookup, async (message) => {
      seen.push(message);
      return { cachedBlocks: 3 };
    });
    await connected([binding], async (peer) => {
      expect(await peer.request(lookup, {})).toMatchObject({ cachedBlocks: 3, epoch: 0 });
      await peer.request(lookup, { namespace: 'ns', blocks: Buffer.from('abc') });
    });
    expect(seen).toMatchObject([{ namespace: '', blocks: Buffer.alloc(0) }, { namespace: 'ns' }]);
    expect((seen[1] as { blocks: Buffer }).blocks.toString()).toBe('abc');
  });

  it('tells the handler tenant, request id and peer', async () => {
    const calls: CallContext[] = [];
    const binding = onRequest(lookup, async (_message, call) => {
      calls.push(call);
      return {};
    });
    await connected([binding], async (peer) => {
      await peer.request(lookup, {}, { tenant: 'tenant ä', requestId: 'request-1' });
      await peer.request(lookup, {});
    });
    expect(calls[0]).toMatchObject({ tenant: 'tenant ä', requestId: 'request-1' });
    expect(calls[1]!.tenant).toBe('default');
    expect(calls[1]!.requestId).not.toBe('');
    expect(calls[0]!.peer).not.toBe('');
    expect(calls.some(({ signal }) => signal.aborted)).toBe(false);
  });

  it.each(errorKinds)('carries an error of kind %s with message and context', async (kind) => {
    const binding = onRequest(lookup, async () => {
      throw new KvError(kind, `that is ${kind}: ä`, { context: { layer: 3, name: 'x', hot: true } });
    });
    await connected([binding], async (peer) => {
      await expect(peer.request(lookup, {})).rejects.toMatchObject({
        name: 'KvError',
        kind,
        message: expect.stringContaining(`that is ${kind}: ä`),
        context: { layer: 3, name: 'x', hot: true },
      });
    });
  });

  it('carries anything else that is thrown as internal', async () => {
    const binding = onRequest(lookup, async () => {
      throw new TypeError('a bug');
    });
    await connected([binding], async (peer) => {
      await expect(peer.request(lookup, {})).rejects.toMatchObject({ kind: 'internal' });
    });
  });

  it('ends a request after its time, on both sides', async () => {
    const aborted = gate();
    const binding = onRequest(lookup, async (_message, { signal }) => {
      signal.addEventListener('abort', aborted.open);
      await aborted.opened;
      return {};
    });
    await connected([binding], async (peer) => {
      await expect(peer.request(lookup, {}, { timeoutMs: 1000 })).rejects.toMatchObject({ kind: 'timedOut' });
      await aborted.opened;
    });
  });

  it('ends a request when its caller gives up, on both sides', async () => {
    const [started, aborted] = [gate(), gate()];
    const binding = onRequest(lookup, async (_message, { signal }) => {
      signal.addEventListener('abort', aborted.open);
      started.open();
      await aborted.opened;
      return {};
    });
    await connected([binding], async (peer) => {
      const controller = new AbortController();
      const answer = peer.request(lookup, {}, { signal: controller.signal });
      const outcome = expect(answer).rejects.toMatchObject({ kind: 'cancelled' });
      await started.opened;
      controller.abort();
      await outcome;
      await aborted.opened;
      await expect(peer.request(lookup, {}, { signal: controller.signal })).rejects.toMatchObject({
        kind: 'cancelled',
      });
    });
  });
}
