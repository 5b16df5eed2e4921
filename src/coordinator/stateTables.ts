import { epoch } from '../core/plan.js';
import type { Assignment, DurableState, StateChange } from './durableState.js';
import type { Pin } from './pins.js';
import type { Sequence } from './sequence.js';
import { recordKey } from './stateRecord.js';

/** The durable state as maps: what changes add up to. */
export class StateTables {
  private epoch = epoch(0);
  private readonly sequences = new Map<string, Sequence>();
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
        this.sequences.set(change.sequence.id, change.sequence);
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
      sequences: [...this.sequences.values()],
      pins: [...this.pins.values()],
      assignments: [...this.assignments.values()],
    };
  }
}
