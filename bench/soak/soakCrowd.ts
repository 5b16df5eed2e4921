import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { KvError } from '../../src/core/errors.js';
import type { SeededRandom } from '../../src/decode/seededRandom.js';
import { addSoak, noSoak, type SoakReport, type SoakTask, soakReport } from './soakMessages.js';

const script = fileURLToPath(new URL('./soakClient.ts', import.meta.url));
const lanes = ['shm', 'tcp'] as const;

interface Member {
  readonly process: ChildProcess;
  readonly ended: Promise<unknown>;
  /** Resolves with its first report; rejects when it ends before. */
  readonly there: Promise<unknown>;
}

/** Clients in processes of their own, every other one over shared memory, that may be killed at any time. */
export class SoakCrowd {
  /** What all of them told. */
  report: SoakReport = noSoak;
  kills = 0;
  readonly #address: string;
  readonly #random: SeededRandom;
  readonly #members: Member[] = [];
  #failure: KvError | null = null;

  private constructor(address: string, random: SeededRandom) {
    this.#address = address;
    this.#random = random;
  }

  static async start(address: string, clients: number, random: SeededRandom): Promise<SoakCrowd> {
    const crowd = new SoakCrowd(address, random);
    for (let at = 0; at < clients; at += 1) crowd.#members.push(crowd.#join(at));
    try {
      await crowd.whole();
    } catch (thrown) {
      crowd.destroy();
      throw thrown;
    }
    return crowd;
  }

  /** Kills one, whatever it is doing, and starts another in its place. */
  async killOne(): Promise<void> {
    const at = this.#random.next() % this.#members.length;
    const { process: victim, ended, there } = this.#members[at]!;
    await there;
    victim.kill('SIGKILL');
    await ended;
    this.kills += 1;
    this.#members[at] = this.#join(at);
  }

  /** Waits until all of them are at work. @throws KvError `internal` when one ended by itself. */
  async whole(): Promise<void> {
    await Promise.all(this.#members.map(({ there }) => there));
    this.check();
  }

  check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** Lets all of them end their work. */
  async end(): Promise<void> {
    for (const { process: member } of this.#members) member.send('end');
    await Promise.all(this.#members.map(({ ended }) => ended));
    this.check();
  }

  destroy(): void {
    for (const { process: member } of this.#members) member.kill('SIGKILL');
  }

  #join(at: number): Member {
    const task: SoakTask = {
      address: this.#address,
      lane: lanes[at % lanes.length]!,
      seed: this.#random.next(),
    };
    const member = fork(script, [JSON.stringify(task)], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    member.on('message', (message) => {
      this.report = addSoak(this.report, soakReport.parse(message));
    });
    const ended = once(member, 'exit').then(([code, signal]) => {
      if (code === 0 || signal === 'SIGKILL') return;
      this.#failure ??= new KvError('internal', `a client ended with ${signal ?? `code ${code}`}`);
    });
    const there = Promise.race([
      once(member, 'message'),
      ended.then(() => {
        throw this.#failure ?? new KvError('internal', 'a client ended before it was at work');
      }),
    ]);
    there.catch(() => {}); // told by `whole`
    return { process: member, ended, there };
  }
}
