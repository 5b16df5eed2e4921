import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StateChange } from '../../src/coordinator/durableState.js';
import { MemoryStateStore } from '../../src/coordinator/memoryStateStore.js';
import type { CoordinatorOptions } from '../../src/coordinator/options.js';
import type { StateStore } from '../../src/coordinator/stateStore.js';
import { KvError } from '../../src/core/errors.js';
import type { CallOptions } from '../../src/core/ports/network.js';
import { coordinatorEndpoints as calls } from '../../src/rpc/endpoints.js';
import { ownProtocol } from '../../src/rpc/protocolCheck.js';
import { RunningCoordinator } from './runningCoordinator.js';

const protocol = ownProtocol();

class FullStore extends MemoryStateStore {
  isFull = false;

  override async write(changes: readonly StateChange[]): Promise<void> {
    if (this.isFull) throw new KvError('unavailable', 'the disk is full');
    await super.write(changes);
  }
}

describe('a coordinator with room for one sequence at a time', () => {
  let running: RunningCoordinator;
  beforeEach(async () => {
    running = await RunningCoordinator.start();
  });
  afterEach(() => running.stop());

  const restart = async (options: Partial<CoordinatorOptions>, store?: StateStore) => {
    await running.stop();
    running = await RunningCoordinator.start(options, store);
  };
  const describeCluster = () => running.client.request(calls.describe, { protocol });
  const capacity = { livePages: 20, tailPages: 8, maxTokens: 4_096 };
  const growing = async (maxTokens: number, also: { noWait?: boolean } = {}, call: CallOptions = {}) => {
    const { namespace } = await describeCluster();
    return running.client.request(
      calls.createSequence,
      { protocol, namespace, tokens: 1, maxTokens, ...also },
      call,
    );
  };
  const release = (sequence: string | undefined) =>
    running.client.request(calls.releaseSequence, { sequence: sequence ?? '' });
  const untilWaiting = async (count: number) => {
    for (;;) {
      const status = await running.client.request(calls.status, {});
      if (status.waiting === count) return status;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  it('answers the second when the first is released', async () => {
    await running.serve(capacity);
    const first = await growing(160);
    let isPlaced = false;
    const second = growing(160).then((answer) => {
      isPlaced = true;
      return answer;
    });
    const { rooms } = await untilWaiting(1);
    expect(rooms.map(({ sequences, budgetBytes }) => ({ sequences, budgetBytes }))).toEqual([
      { sequences: 1, budgetBytes: 20 * 2_048 },
      { sequences: 1, budgetBytes: 20 * 2_048 },
    ]);
    expect(isPlaced).toBe(false);
    await release(first.plan?.sequence);
    expect(await second).toMatchObject({ tokens: 1, maxTokens: 160 });
    expect((await untilWaiting(0)).sequences).toBe(1);
  });

  it('refuses what could never fit, what will not wait and what is past the longest context', async () => {
    await running.serve(capacity);
    await expect(growing(1_000)).rejects.toMatchObject({
      kind: 'exhausted',
      context: { admission: 'never' },
    });
    await growing(160);
    await expect(growing(160, { noWait: true })).rejects.toMatchObject({
      kind: 'exhausted',
      context: { admission: 'noWait', retryAfterMs: 1_000 },
    });
    await expect(growing(4_097)).rejects.toMatchObject({ kind: 'invalid', context: { maxTokens: 4_096 } });
    expect(await describeCluster()).toMatchObject({ maxTokens: 4_096 });
    const text = await running.metrics.text();
    expect(text).toContain('kvtide_admission_refusals_total{cause="never"} 1');
    expect(text).toContain('kvtide_admission_refusals_total{cause="noWait"} 1');
    expect(text).toContain(`kvtide_admitted_bytes{stage="0"} ${13 * 2_048}`);
  });

  it('takes a caller that gives up out of the queue', async () => {
    await running.serve(capacity);
    await growing(160);
    const gone = new AbortController();
    const second = growing(160, {}, { signal: gone.signal });
    await untilWaiting(1);
    gone.abort();
    await expect(second).rejects.toMatchObject({ kind: 'cancelled' });
    await untilWaiting(0);
  });

  it('ends a wait with an error when the end of it cannot be made durable', async () => {
    const store = new FullStore();
    await restart({}, store);
    await running.serve(capacity);
    const first = await growing(160);
    const second = growing(160);
    second.catch(() => {});
    await untilWaiting(1);
    store.isFull = true;
    await expect(release(first.plan?.sequence)).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(second).rejects.toMatchObject({ kind: 'unavailable', message: 'the disk is full' });
  });

  it('ends a wait that takes too long with a refusal', async () => {
    await restart({ admissionWaitMsMax: 50, tickMs: 20 });
    await running.serve(capacity);
    await growing(160);
    await expect(growing(160)).rejects.toMatchObject({ kind: 'exhausted', context: { admission: 'wait' } });
  });

  it('frees the room of a sequence that fell silent, and counts it again when its stream opens', async () => {
    await restart({ admissionIdleMs: 500, tickMs: 20, leaseMs: 500 });
    const [worker] = await running.serve(capacity);
    const { plan } = await growing(160);
    expect((await growing(160)).tokens).toBe(1);
    for (let live = 0; live < 2; ) {
      await worker?.heartbeat([plan?.sequence ?? '']);
      live = (await running.client.request(calls.status, {})).rooms[0]?.sequences ?? 0;
      if (live === 0) await growing(160);
    }
  });
});
