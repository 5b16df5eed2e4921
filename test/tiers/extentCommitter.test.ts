import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type CommitTicket, ExtentCommitter } from '../../src/tiers/extentCommitter.js';
import type { IndexChange } from '../../src/tiers/extentIndex.js';
import type { ExtentRecord } from '../../src/tiers/extentRecord.js';
import { key, metaOf } from '../contract/diskContract.js';

/** A data file and an index that end what they do only when they are told, and note the order. */
class Medium {
  readonly log: string[] = [];
  readonly #open: { name: string; end: (fault?: Error) => void }[] = [];
  replaced: ExtentRecord[] = [];

  readonly file = {
    sync: () => this.#begin('sync'),
    release: (slot: number) => void this.log.push(`release ${slot}`),
  };
  readonly index = {
    commit: async (changes: readonly IndexChange[]) => {
      const slots = changes.map((change) => (change.kind === 'put' ? change.slot : 'removal'));
      const { replaced } = this;
      this.replaced = [];
      await this.#begin(`commit ${slots.join()}`);
      return replaced;
    },
  };
  readonly committer = new ExtentCommitter('/', this.index, { fileFor: () => this.file });

  /** Ends the oldest thing under way of this name. */
  async end(name: string, fault?: Error): Promise<void> {
    await turn();
    const at = this.#open.findIndex((other) => other.name === name);
    if (at < 0) throw new Error(`no ${name} is under way; there is ${this.underWay.join('; ')}`);
    this.#open.splice(at, 1)[0]!.end(fault);
    await turn();
  }

  get underWay(): string[] {
    return this.#open.map(({ name }) => name);
  }

  #begin(name: string): Promise<void> {
    this.log.push(name);
    return new Promise((resolve, reject) => {
      this.#open.push({
        name,
        end: (fault) => {
          this.log.push(`end of ${name}`);
          if (fault === undefined) resolve();
          else reject(fault);
        },
      });
    });
  }

  put(slot: number, ticket: CommitTicket = this.committer.enter()): Promise<unknown> {
    const change = { kind: 'put', key: key(slot), slot, payloadBytes: 10, meta: metaOf('m') } as const;
    const end = ticket.commit({ change, file: this.file });
    return end.then((outcome) => {
      this.log.push(`${slot} ${outcome.kind}`);
      return outcome;
    });
  }
}

const record = (slot: number): ExtentRecord => ({ format: 0, slot, payloadBytes: 10, own: Buffer.alloc(0) });

describe('ExtentCommitter', () => {
  it('flushes the payload, then the index, and only then gives the old slot back', async () => {
    const medium = new Medium();
    medium.replaced = [record(7)];
    const published = medium.put(1);
    await medium.end('sync');
    await medium.end('commit 1');
    await published;
    expect(medium.log).toEqual([
      'sync',
      'end of sync',
      'commit 1',
      'end of commit 1',
      'release 7',
      '1 published',
    ]);
  });

  it('shares a flush and a transaction, and flushes the next while one is in its transaction', async () => {
    const medium = new Medium();
    void medium.put(1);
    void medium.put(2);
    await medium.end('sync');
    void medium.put(3);
    void medium.put(4);
    await turn();
    expect(medium.underWay).toEqual(['commit 1,2', 'sync']);
    await medium.end('sync');
    expect(medium.underWay).toEqual(['commit 1,2']);
    await medium.end('commit 1,2');
    await medium.end('commit 3,4');
    expect(medium.log.filter((line) => line.endsWith('published'))).toHaveLength(4);
  });

  it('keeps the order of tickets, however long their payloads take', async () => {
    const medium = new Medium();
    const slow = medium.committer.enter();
    void medium.put(2);
    await turn();
    expect(medium.underWay).toEqual([]);
    void medium.put(1, slow);
    await medium.end('sync');
    expect(medium.underWay).toEqual(['commit 1,2']);
    await medium.end('commit 1,2');
    const abandoned = medium.committer.enter();
    void medium.put(3);
    abandoned.giveUp();
    await medium.end('sync');
    await medium.end('commit 3');
  });

  it('commits nothing whose payload could not be flushed', async () => {
    const medium = new Medium();
    medium.replaced = [record(7)];
    const published = medium.put(1);
    await medium.end('sync', Object.assign(new Error('EIO'), { code: 'EIO' }));
    expect(await published).toMatchObject({ kind: 'failed' });
    expect(medium.log).not.toContain('commit 1');
    expect(medium.log).not.toContain('release 7');
  });

  it('gives no slot back, neither old nor new, when the index could not be changed', async () => {
    const medium = new Medium();
    for (const [fault, kind] of [
      [new Error('EIO'), 'failed'],
      [Object.assign(new Error('no space'), { code: 28 }), 'full'],
    ] as const) {
      medium.replaced = [record(7)];
      const published = medium.put(1);
      await medium.end('sync');
      await medium.end('commit 1', fault);
      expect(await published).toMatchObject({ kind });
    }
    expect(medium.log.filter((line) => line.startsWith('release'))).toEqual([]);
  });

  it('is idle when every ticket is through', async () => {
    const medium = new Medium();
    await medium.committer.idle();
    const ticket = medium.committer.enter();
    let isIdle = false;
    void medium.committer.idle().then(() => {
      isIdle = true;
    });
    void medium.put(1, ticket);
    await medium.end('sync');
    expect(isIdle).toBe(false);
    await medium.end('commit 1');
    expect(isIdle).toBe(true);
  });

  it('settles what was entered before the call, whatever comes meanwhile', async () => {
    const medium = new Medium();
    void medium.put(1);
    let isSettled = false;
    void medium.committer.settled().then(() => {
      isSettled = true;
    });
    await medium.end('sync');
    void medium.put(2);
    expect(isSettled).toBe(false);
    await medium.end('commit 1');
    expect(isSettled).toBe(true);
    await medium.end('sync');
    await medium.end('commit 2');
    await medium.committer.settled();
  });
});
