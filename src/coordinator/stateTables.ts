import type { BlockKey } from '../core/blockKey.js';
import { epoch } from '../core/plan.js';
import type { Assignment, DurableState, SequenceGrowth, StateChange } from './durableState.js';
import type { Pin } from './pins.js';
import type { Sequence } from './sequence.js';
import { recordKey } from './stateRecord.js';

/** Its blocks are the table's own, so that growing does not copy them. */
type StoredSequence = Sequence & { readonly blocks: BlockKey[] };

/** The durable state as maps: what changes add up to. */
export class StateTables {
  private epoch = epoch(0);
  private readonly sequences = new Map<string, StoredSequence>();
  private readonly pins = new Map<string, Pin>();
  private readonly assignments = new Map<string, Assignment>();

  apply(change: StateChange): void {
    switch (change.kind) {
      case 'epoch':
        this.epoch = change.epoch;
        break;
      case 'assign':
        this.assignments.set(recordKey(change), change.assignment);
        break;
      case 'putSequence':
        this.sequences.set(change.sequence.id, withOwnBlocks(change.sequence));
        break;
      case 'growSequence':
        this.grow(change.growth);
        break;
      case 'dropSequence':
        this.sequences.delete(change.sequence);
        break;
      case 'putPin':
        this.pins.set(change.pin.block, change.pin);
        break;
      case 'dropPin':
        this.pins.delete(change.block);
    }
  }

  snapshot(): DurableState {
    return {
      epoch: this.epoch,
      sequences: [...this.sequences.values()].map(withOwnBlocks),
      pins: [...this.pins.values()],
      assignments: [...this.assignments.values()],
    };
  }

  /** One that was dropped, or never put, stays away. */
  private grow({ from, blocks, ...grown }: SequenceGrowth): void {
    const before = this.sequences.get(grown.id);
    if (before === undefined) return;
    before.blocks.length = from;
    for (const block of blocks) before.blocks.push(block);
    this.sequences.set(grown.id, { ...before, ...grown });
  }
}

function withOwnBlocks(sequence: Sequence): StoredSequence {
  return { ...sequence, blocks: [...sequence.blocks] };
}
