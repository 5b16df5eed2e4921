import { KvError } from '../core/errors.js';
import type { Clock } from '../core/ports/clock.js';
import type { EtcdKv, KeyOp } from '../rpc/etcd/etcdKv.js';
import type { StateChange } from './durableState.js';
import type { Leadership } from './leadership.js';
import { RedoLog } from './redoLog.js';
import { decodeRecord, encodeRecord } from './stateRecord.js';
import { stateSteps } from './stateSteps.js';
import type { StateOpen, StateStore } from './stateStore.js';
import { StateTables } from './stateTables.js';

/** Counts up when the meaning of what is stored changes. */
const format = 1;
/** Pause between two tries to reach etcd. */
const retryMs = 50;
/** Changes of writes that wait for the one before, made together. */
const changesTogether = 64;

export interface EtcdStateParts {
  readonly kv: EtcdKv;
  /** Of all keys of this cluster; ends with a slash. */
  readonly prefix: string;
  readonly leadership: Leadership;
  readonly clock: Clock;
}

interface Waiting {
  readonly changes: readonly StateChange[];
  resolve(): void;
  reject(error: KvError): void;
}

/**
 * The durable state in etcd, as one leader may change it: each transaction is made only while the key of the
 * leadership is the one that it was elected with. One that is not is refused as `stale`: the epoch in which this
 * leader decided is over, and nobody else's state was in conflict with it.
 */
export class EtcdStateStore implements StateStore {
  private readonly statePrefix: string;
  private readonly aboutKey: string;
  private readonly redo: RedoLog;
  private readonly waiting: Waiting[] = [];
  private isOpen = false;
  private isWriting = false;

  constructor(private readonly parts: EtcdStateParts) {
    this.statePrefix = `${parts.prefix}state/`;
    this.aboutKey = `${parts.prefix}about`;
    this.redo = new RedoLog(`${parts.prefix}redo/`, (ops) => this.commit(ops));
  }

  /** @throws KvError `unsupported` for a newer format, `corrupt` for a record that is not what was written. */
  async open(): Promise<StateOpen> {
    const { kv, prefix } = this.parts;
    const [about] = await this.patiently(() => kv.read([this.aboutKey]));
    if (about) checkFormat(this.readRecord(this.aboutKey, about.value), prefix);
    else await this.commit([{ kind: 'put', key: this.aboutKey, value: encodeRecord({ format }) }]);
    await this.redo.recover(await this.patiently(() => kv.list(this.redo.prefix)));
    const tables = new StateTables();
    for (const { key, value } of await this.patiently(() => kv.list(this.statePrefix))) {
      tables.apply(this.readRecord(key, value) as StateChange);
    }
    this.isOpen = true;
    return { kind: 'ready', state: tables.snapshot() };
  }

  write(changes: readonly StateChange[]): Promise<void> {
    if (!this.isOpen) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.waiting.push({ changes, resolve, reject });
      void this.makeWaiting();
    });
  }

  /** What was asked for before is still made, or fails. */
  async close(): Promise<void> {
    this.isOpen = false;
  }

  private async makeWaiting(): Promise<void> {
    if (this.isWriting) return;
    this.isWriting = true;
    while (this.waiting.length > 0) {
      const together = this.takeTogether();
      try {
        await this.make(together.flatMap(({ changes }) => changes));
        for (const { resolve } of together) resolve();
      } catch (thrown) {
        const error = KvError.from(thrown);
        for (const { reject } of together) reject(error);
        // Those that follow count on these.
        for (const { reject } of this.waiting.splice(0)) reject(error);
      }
    }
    this.isWriting = false;
  }

  private takeTogether(): Waiting[] {
    const together: Waiting[] = [];
    let count = 0;
    do {
      const next = this.waiting.shift();
      if (next === undefined) break;
      together.push(next);
      count += next.changes.length;
    } while (count < changesTogether);
    return together;
  }

  private async make(changes: readonly StateChange[]): Promise<void> {
    const steps = stateSteps(changes, this.statePrefix);
    const [only] = steps;
    if (only === undefined) return;
    if (steps.length === 1) await this.commit(only);
    else await this.redo.make(steps);
  }

  /** @throws KvError `stale` when somebody else leads, or this leader's time is over. */
  private async commit(ops: readonly KeyOp[]): Promise<void> {
    const { kv, leadership } = this.parts;
    const end = await this.patiently(() => kv.commit([leadership.guard], ops));
    if (end.kind === 'made') return;
    leadership.refused();
    throw new KvError('stale', 'another coordinator leads: this write was refused');
  }

  /** Everything here may be done twice: it is tried as long as this coordinator leads. */
  private async patiently<T>(ask: () => Promise<T>): Promise<T> {
    const { clock, leadership } = this.parts;
    for (;;) {
      if (!leadership.holds()) {
        throw new KvError('stale', 'the time of this leader is over: it changes nothing more');
      }
      try {
        return await ask();
      } catch (thrown) {
        const error = KvError.from(thrown);
        if (error.kind !== 'unavailable') throw error;
      }
      await new Promise<void>((resolve) => clock.setTimer(retryMs, resolve));
    }
  }

  private readRecord(key: string, value: Uint8Array): unknown {
    const read = decodeRecord(value);
    if (read.kind === 'sound') return read.value;
    throw new KvError('corrupt', `the record "${key}" in etcd is corrupt; restore etcd from a snapshot`);
  }
}

function checkFormat(about: unknown, prefix: string): void {
  const { format: found } = about as { readonly format: number };
  if (found <= format) return;
  throw new KvError(
    'unsupported',
    `${prefix} in etcd was written by a newer kvtide (format ${found}, this one knows ${format})`,
  );
}

function closedError(): KvError {
  return new KvError('unavailable', 'the state store is closed');
}
