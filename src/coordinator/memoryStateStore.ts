import { KvError } from '../core/errors.js';
import type { StateChange } from './durableState.js';
import type { StateOpen, StateStore } from './stateStore.js';
import { StateTables } from './stateTables.js';

/** Outlives a coordinator, not the process: for simulations and for clusters that start empty. */
export class MemoryStateStore implements StateStore {
  private readonly tables = new StateTables();
  private isOpen = false;

  async open(): Promise<StateOpen> {
    this.isOpen = true;
    return { kind: 'ready', state: this.tables.snapshot() };
  }

  async write(changes: readonly StateChange[]): Promise<void> {
    if (!this.isOpen) throw new KvError('unavailable', 'the state store is closed');
    for (const change of changes) this.tables.apply(change);
  }

  async close(): Promise<void> {
    this.isOpen = false;
  }
}
