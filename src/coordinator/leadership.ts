import type { KeyGuard } from '../rpc/etcd/etcdKv.js';

/** What was won in an election, until it is over. */
export interface Leadership {
  /** Holds in etcd as long as nobody else was elected: its revision is the fencing epoch. */
  readonly guard: KeyGuard;
  /** Whether nobody else can lead yet, by this process's own clock, read at every call. */
  holds(): boolean;
  /** etcd has refused a write of it: somebody else was elected. */
  refused(): void;
}
