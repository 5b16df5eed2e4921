import type { EtcdKv, KeyRecord } from '../rpc/etcd/etcdKv.js';
import type { Seat } from './election.js';

/** The two keys in etcd that say who leads. */
export class LeaderSeat {
  readonly leaderKey: string;
  private readonly beatKey: string;

  /** @param prefix of all keys of the cluster; ends with a slash. */
  constructor(
    private readonly kv: EtcdKv,
    prefix: string,
  ) {
    this.leaderKey = `${prefix}leader`;
    this.beatKey = `${prefix}beat`;
  }

  async look(): Promise<Seat> {
    const [leader = null, beat = null] = await this.kv.read([this.leaderKey, this.beatKey]);
    return { fence: revisionOf(leader), beat: revisionOf(beat), leader: textOf(leader) };
  }

  /** @returns the fencing epoch; null when the seat is not any more as it was seen. */
  async take(seen: Seat, address: string): Promise<number | null> {
    const guards = [
      { key: this.leaderKey, revision: seen.fence },
      { key: this.beatKey, revision: seen.beat },
    ];
    const end = await this.kv.commit(guards, [this.put(this.leaderKey, address), this.put(this.beatKey, '')]);
    return end.kind === 'made' ? end.revision : null;
  }

  /** @returns false when somebody else has been elected. */
  async renew(fence: number): Promise<boolean> {
    const guards = [{ key: this.leaderKey, revision: fence }];
    return (await this.kv.commit(guards, [this.put(this.beatKey, '')])).kind === 'made';
  }

  /** Nobody has to wait for the lease of this leader to end. */
  async resign(fence: number): Promise<void> {
    const guards = [{ key: this.leaderKey, revision: fence }];
    await this.kv.commit(guards, [this.put(this.leaderKey, '')]);
  }

  private put(key: string, text: string) {
    return { kind: 'put', key, value: Buffer.from(text) } as const;
  }
}

function revisionOf(record: KeyRecord | null): number {
  return record?.revision ?? 0;
}

function textOf(record: KeyRecord | null): string {
  return record === null ? '' : Buffer.from(record.value).toString('utf8');
}
