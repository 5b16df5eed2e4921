import { describe, expect, it } from 'vitest';
import type { PlannedSequence } from '../../src/coordinator/coordinatorEvent.js';
import type { TakeEvent } from '../../src/coordinator/takeEvent.js';
import { WaitingCalls } from '../../src/coordinator/waitingCalls.js';
import { KvError } from '../../src/core/errors.js';
import { AdmissionCluster } from './admissionCluster.js';
import { at } from './clusterParts.js';

/** Calls that wait for room in a cluster of one sequence; what follows from effects is durable when told. */
class Waits {
  readonly cluster = new AdmissionCluster();
  readonly gone = new AbortController();
  readonly take: TakeEvent = async (kind, event) => this.cluster.handle(kind, event, at(0)).answer;
  readonly calls = new WaitingCalls(this.take);

  constructor() {
    this.cluster.serve();
  }

  /** A call that waits for the one before. */
  async second() {
    const first = this.cluster.create(20).plan.sequence;
    const ask = async (ticket: number | null) => this.cluster.ask(20, ticket);
    const answer = this.calls.place(ask, false, { tenant: 't', signal: this.gone.signal });
    answer.catch(() => {});
    await Promise.resolve();
    return { answer, release: () => this.cluster.release(first) };
  }

  settle(failure?: KvError): void {
    for (const effect of this.cluster.effects) this.calls.settle(effect, failure);
  }

  get sequences(): number {
    return this.cluster.machine.sequences.size;
  }
}

describe('WaitingCalls', () => {
  it('releases what was placed for a caller that left before it was told', async () => {
    const waits = new Waits();
    const { answer, release } = await waits.second();
    release();
    waits.gone.abort();
    await new Promise((resolve) => setImmediate(resolve));
    expect(waits.sequences).toBe(1);
    waits.settle();
    await expect(answer).rejects.toMatchObject({ kind: 'cancelled' });
    expect(waits.sequences).toBe(0);
  });

  it('ends the wait of a caller that left', async () => {
    const waits = new Waits();
    const { answer } = await waits.second();
    waits.gone.abort();
    waits.settle();
    await expect(answer).rejects.toMatchObject({ kind: 'cancelled' });
    expect(waits.sequences).toBe(1);
  });

  it('tells a caller that was placed when that could not be made durable', async () => {
    const waits = new Waits();
    const { answer, release } = await waits.second();
    release();
    waits.settle(new KvError('unavailable', 'the disk is full'));
    const ended: PlannedSequence | KvError = await answer.catch((thrown: unknown) => KvError.from(thrown));
    expect(ended).toMatchObject({ kind: 'unavailable', message: 'the disk is full' });
  });
});
