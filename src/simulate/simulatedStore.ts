import type { StateChange } from '../coordinator/durableState.js';
import type { StateOpen, StateStore } from '../coordinator/stateStore.js';
import { StateTables } from '../coordinator/stateTables.js';
import { KvError } from '../core/errors.js';
import type { ProcessClock } from './processClock.js';
import type { SimulatedClock } from './simulatedClock.js';
import type { SimulatedRandom } from './simulatedRandom.js';

/** Changes of one write, on their way to the medium. */
interface Write {
  readonly changes: readonly StateChange[];
  readonly by: ProcessClock;
}

/** A medium for the coordinator's state that outlives its processes. Writes take time and land in order. */
export class StateMedium {
  readonly #clock: SimulatedClock;
  readonly #random: SimulatedRandom;
  readonly #delayMsMax: number;
  readonly #tables = new StateTables();
  readonly #underWay: Write[] = [];
  #landed: Promise<void> = Promise.resolve();

  constructor(clock: SimulatedClock, random: SimulatedRandom, delayMsMax = 2) {
    this.#clock = clock;
    this.#random = random;
    this.#delayMsMax = delayMsMax;
  }

  /** The store as one process has it open. */
  store(process: ProcessClock): StateStore {
    let isOpen = false;
    return {
      open: async (): Promise<StateOpen> => {
        isOpen = true;
        return { kind: 'ready', state: this.#tables.snapshot() };
      },
      write: async (changes) => {
        if (process.hasEnded) return await new Promise<never>(() => {});
        if (!isOpen) throw new KvError('unavailable', 'the state store is closed');
        await this.#write({ changes, by: process });
      },
      close: async () => {
        isOpen = false;
      },
    };
  }

  /** The process was killed: of its writes under way some made it, the first ones, as the seed has it. */
  crash(process: ProcessClock): void {
    const own = this.#underWay.filter(({ by }) => by === process);
    const kept = this.#random.integer(0, own.length);
    for (const { changes } of own.slice(0, kept)) this.#apply(changes);
    for (const write of own) this.#underWay.splice(this.#underWay.indexOf(write), 1);
  }

  async #write(write: Write): Promise<void> {
    this.#underWay.push(write);
    const before = this.#landed;
    const landed = before.then(() => this.#clock.sleep(this.#random.fraction() * this.#delayMsMax));
    this.#landed = landed;
    await landed;
    const at = this.#underWay.indexOf(write);
    if (at === -1) return await new Promise<never>(() => {}); // its process is gone
    this.#underWay.splice(at, 1);
    this.#apply(write.changes);
  }

  #apply(changes: readonly StateChange[]): void {
    for (const change of changes) this.#tables.apply(change);
  }
}
