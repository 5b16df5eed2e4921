/** Who leads, as etcd has it: revisions of two keys, 0 for one that is not there. */
export interface Seat {
  /** Of the key that is written only when somebody is elected, or resigns: the fencing epoch. */
  readonly fence: number;
  /** Of the key that the leader writes again and again. */
  readonly beat: number;
  /** host:port of the leader; empty where nobody leads. */
  readonly leader: string;
}

export interface ElectionOptions {
  /** A leader that wrote nothing for so long, as a follower sees it, is replaced. */
  readonly leaseMs: number;
  /** By how much sooner a leader stops by its own clock; covers clocks that do not run alike. */
  readonly marginMs: number;
}

/** `atMs`: the monotonic time at which what is told was sent for. */
export type ElectionEvent =
  | { readonly kind: 'tick' }
  | { readonly kind: 'looked'; readonly seat: Seat }
  | { readonly kind: 'elected'; readonly fence: number; readonly atMs: number }
  | { readonly kind: 'notElected' }
  | { readonly kind: 'renewed'; readonly fence: number; readonly atMs: number }
  /** etcd refused a write or a renewal of `fence`: somebody else was elected. */
  | { readonly kind: 'refused'; readonly fence: number }
  /** This leader cannot do its work; others may. */
  | { readonly kind: 'gaveUp'; readonly fence: number };

export type StepDownCause = 'lease' | 'refused' | 'gaveUp';

export type ElectionEffect =
  | { readonly kind: 'look' }
  /** Try to be elected in place of whom was seen. */
  | { readonly kind: 'campaign'; readonly seat: Seat }
  | { readonly kind: 'renew'; readonly fence: number }
  | { readonly kind: 'lead'; readonly fence: number }
  | { readonly kind: 'stepDown'; readonly fence: number; readonly cause: StepDownCause };

type Role =
  | { readonly kind: 'following'; readonly seat: Seat | null; readonly changedMs: number }
  | { readonly kind: 'campaigning' }
  | { readonly kind: 'leading'; readonly fence: number; readonly endsMs: number };

/**
 * Decides when a coordinator leads. A follower replaces a leader whose beat did not change for `leaseMs` from when
 * it was last seen to. A leader counts `leaseMs` less the margin from when it sent for its last renewal, which was
 * before anybody could have seen it: so it has stopped before anybody else begins. Time is looked at with every
 * event, whatever it is: after a pause of the process the first may be any. No clock, no I/O; times are
 * monotonic milliseconds.
 */
export class Election {
  private role: Role;
  private known = '';

  constructor(
    private readonly options: ElectionOptions,
    nowMs: number,
  ) {
    this.role = { kind: 'following', seat: null, changedMs: nowMs };
  }

  /** host:port of who leads as far as is known; empty where nobody is known to. */
  get leader(): string {
    return this.known;
  }

  /** Whether this one leads, with `fence`, at `nowMs`: nobody else can have been elected. */
  leads(fence: number, nowMs: number): boolean {
    return this.role.kind === 'leading' && this.role.fence === fence && nowMs < this.role.endsMs;
  }

  handle(event: ElectionEvent, nowMs: number): ElectionEffect[] {
    const over = this.overBy(nowMs);
    return [...over, ...this.decide(event, nowMs)];
  }

  private overBy(nowMs: number): ElectionEffect[] {
    if (this.role.kind !== 'leading' || nowMs < this.role.endsMs) return [];
    return this.stepDown(this.role.fence, 'lease', nowMs);
  }

  private decide(event: ElectionEvent, nowMs: number): ElectionEffect[] {
    const { role } = this;
    switch (event.kind) {
      case 'tick':
        if (role.kind === 'leading') return [{ kind: 'renew', fence: role.fence }];
        return role.kind === 'following' ? [{ kind: 'look' }] : [];
      case 'looked':
        return role.kind === 'following' ? this.looked(role, event.seat, nowMs) : [];
      case 'elected':
        return this.elected(event.fence, event.atMs, nowMs);
      case 'notElected':
        if (role.kind === 'campaigning') this.follow(nowMs);
        return [];
      case 'renewed':
        this.renewed(event.fence, event.atMs);
        return [];
      case 'refused':
        return this.stepDown(event.fence, 'refused', nowMs);
      case 'gaveUp':
        return this.stepDown(event.fence, 'gaveUp', nowMs);
    }
  }

  private looked(role: Role & { kind: 'following' }, seat: Seat, nowMs: number): ElectionEffect[] {
    this.known = seat.leader;
    const isSame = role.seat?.fence === seat.fence && role.seat.beat === seat.beat;
    const changedMs = isSame ? role.changedMs : nowMs;
    this.role = { kind: 'following', seat, changedMs };
    if (seat.leader !== '' && nowMs - changedMs < this.options.leaseMs) return [];
    this.role = { kind: 'campaigning' };
    return [{ kind: 'campaign', seat }];
  }

  private elected(fence: number, atMs: number, nowMs: number): ElectionEffect[] {
    const endsMs = this.endOf(atMs);
    // It took so long to hear of it that somebody else may have been elected since.
    if (this.role.kind !== 'campaigning' || nowMs >= endsMs) {
      if (this.role.kind === 'campaigning') this.follow(nowMs);
      return [];
    }
    this.role = { kind: 'leading', fence, endsMs };
    return [{ kind: 'lead', fence }];
  }

  private renewed(fence: number, atMs: number): void {
    const { role } = this;
    if (role.kind !== 'leading' || role.fence !== fence) return;
    this.role = { ...role, endsMs: Math.max(role.endsMs, this.endOf(atMs)) };
  }

  private stepDown(fence: number, cause: StepDownCause, nowMs: number): ElectionEffect[] {
    if (this.role.kind !== 'leading' || this.role.fence !== fence) return [];
    this.follow(nowMs);
    return [{ kind: 'stepDown', fence, cause }];
  }

  private follow(nowMs: number): void {
    this.known = '';
    this.role = { kind: 'following', seat: null, changedMs: nowMs };
  }

  private endOf(atMs: number): number {
    return atMs + this.options.leaseMs - this.options.marginMs;
  }
}
