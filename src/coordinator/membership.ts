import { KvError } from '../core/errors.js';
import { checkBlockTokens } from '../core/geometry.js';
import { type LayerRange, splitLayers } from '../core/layerRange.js';
import type { TensorDigest } from '../core/namespace.js';
import { type Epoch, epoch, type WorkerId } from '../core/plan.js';
import type { Assignment } from './durableState.js';
import { type Member, newcomer, type Registration } from './member.js';
import {
  checkSameShape,
  identityOf,
  joinTensors,
  type ModelIdentity,
  type ModelShape,
  parseConfig,
} from './modelIdentity.js';
import { chooseSeat } from './seatChoice.js';

export interface MembershipOptions {
  readonly stages: number;
  /** Workers that may serve one stage. */
  readonly workersPerStage: number;
  readonly leaseMs: number;
  readonly loadLeaseMs: number;
}

export interface JoinRequest {
  /** Null for a worker that has no id yet. */
  readonly worker: WorkerId | null;
  /** The stage that it would like, or -1. */
  readonly stage: number;
  readonly shape: ModelShape;
  readonly registration: Registration;
}

/** What became of a member, and of whom the newcomer took the place. */
export interface Joined {
  readonly member: Member;
  readonly replaced: readonly Member[];
}

/**
 * Who is in the cluster: as many seats for each stage as workers may serve it. Every change of it counts the epoch up. Nothing changes when
 * a method throws. Times are monotonic milliseconds.
 */
export class Membership {
  private readonly seats: (Member | undefined)[];
  private readonly assigned = new Map<WorkerId, number>();
  private count: Epoch;
  private shape: ModelShape | null = null;
  private layerRanges: readonly LayerRange[] = [];
  private known: ModelIdentity | null = null;

  constructor(
    private readonly options: MembershipOptions,
    restored: { readonly epoch: Epoch; readonly assignments: readonly Assignment[] },
  ) {
    this.seats = this.emptySeats();
    for (const { worker, stage, place = 0 } of restored.assignments)
      this.assigned.set(worker, place * options.stages + stage);
    // A plan made before the restart is stale.
    this.count = epoch(restored.epoch + 1);
  }

  get epoch(): Epoch {
    return this.count;
  }

  get model(): ModelShape | null {
    return this.shape;
  }

  /** Null until every stage has reported its weights for the first time. */
  get identity(): ModelIdentity | null {
    return this.known;
  }

  /** All that are in the cluster or were lost and not replaced, in order of their stages. */
  members(): Member[] {
    return this.layerRanges.flatMap((_, stage) => this.membersOf(stage));
  }

  /** The ready workers of each stage, at least one; null while a stage has none. */
  ready(): readonly (readonly Member[])[] | null {
    const stages = this.layerRanges.map((_, stage) =>
      this.membersOf(stage).filter(({ state }) => state === 'ready'),
    );
    return stages.length > 0 && stages.every(({ length }) => length > 0) ? stages : null;
  }

  /** Where a member is to be expected after a restart of the coordinator. */
  assignmentOf({ worker, stage, seat }: Member): Assignment {
    const place = (seat - stage) / this.options.stages;
    return place === 0 ? { stage, worker } : { stage, worker, place };
  }

  /** @throws KvError `notFound` when the worker is not in the cluster, or no longer: it has to join again. */
  live(worker: WorkerId): Member {
    const member = this.find(worker);
    if (member !== undefined && member.state !== 'lost') return member;
    throw new KvError('notFound', `worker "${worker}" is not in the cluster: register again`, {
      context: { worker },
    });
  }

  /** @throws KvError as `live`, `stale` when another registration has replaced that of `since`. */
  liveSince(worker: WorkerId, since: Epoch): Member {
    const member = this.live(worker);
    if (member.since === since) return member;
    throw new KvError('stale', `worker "${worker}" has registered again since epoch ${since}`);
  }

  /**
   * @param newId an id that is used when the worker brings none.
   * @throws KvError `invalid` when there is no stage for it or its model is another one, `conflict` when
   * its id is another worker's.
   */
  join({ worker, stage: wish, shape, registration }: JoinRequest, newId: WorkerId, nowMs: number): Joined {
    const { ranges, seats } = this.admit(shape, registration.address);
    const { stages } = this.options;
    const { address } = registration;
    const seat = chooseSeat({ seats, stages, assigned: this.assigned, worker, wish, address });
    const stage = seat % stages;
    const layers = ranges[stage]!; // splitLayers gives one a stage
    const replaced = seats.filter(
      (member) =>
        member !== undefined &&
        member.state !== 'lost' &&
        (member.seat === seat || member.address === address),
    ) as Member[];
    // What comes back is out of use still, unless it was started anew.
    const before = seats.find((member) => member !== undefined && member.worker === worker);
    const drainedSince = before?.pid === registration.pid ? before.drainedSince : null;
    if (seats !== this.seats) this.adopt(shape, ranges);
    for (const member of replaced) this.seats[member.seat] = undefined;
    this.count = epoch(this.count + 1);
    const id = worker ?? newId;
    this.assign(id, seat);
    const member = this.put({
      ...registration,
      worker: id,
      stage,
      seat,
      layers,
      since: this.count,
      ...newcomer,
      leaseEndsMs: nowMs + this.options.loadLeaseMs,
      drainedSince,
    });
    return { member, replaced };
  }

  /**
   * A worker has loaded its layers and says what they are made of.
   * @throws KvError `notFound`, `stale` for a registration that was replaced, `invalid` when its weights
   * are not of the checkpoint that the others have.
   */
  loaded(
    worker: WorkerId,
    since: Epoch,
    tensors: readonly TensorDigest[],
    nowMs: number,
    bounds: Pick<Member, 'capacity' | 'maxTokens'> = { capacity: null, maxTokens: null },
  ): Member {
    const member = this.liveSince(worker, since);
    const others = this.members().filter((other) => other.worker !== worker);
    const reports = [...others, { ...member, tensors }].flatMap((report) =>
      report.tensors === null ? [] : [{ ...report, tensors: report.tensors }],
    );
    const joined = joinTensors(reports);
    const reported = new Set(reports.map(({ stage }) => stage));
    if (this.shape !== null && reported.size === this.options.stages) {
      this.known = identityOf(this.shape, joined);
    }
    this.count = epoch(this.count + 1);
    return this.put({ ...member, ...bounds, tensors, leaseEndsMs: nowMs + this.options.loadLeaseMs });
  }

  /** @throws KvError `notFound` */
  beat(
    worker: WorkerId,
    told: Pick<Member, 'pinsVersion' | 'shardsEpoch' | 'keptPages' | 'openSequences'>,
    nowMs: number,
  ): Member {
    const leaseEndsMs = nowMs + this.options.leaseMs;
    return this.put({ ...this.live(worker), ...told, beats: true, leaseEndsMs });
  }

  /** Takes a worker out of use. */
  drain(member: Member): Member {
    if (member.drainedSince !== null) return member;
    this.count = epoch(this.count + 1);
    return this.put({ ...member, drainedSince: this.count });
  }

  /**
   * A worker opened its inventory stream; an older one of it no longer counts.
   * @throws KvError `notFound`
   */
  streamOpened(worker: WorkerId, stream: number): Member {
    return this.put({ ...this.live(worker), stream });
  }

  /** The worker's whole inventory is known: it serves, if its weights were checked. */
  inventoryKnown(worker: WorkerId): Member {
    const member = this.live(worker);
    if (member.state === 'ready' || member.tensors === null) return member;
    this.count = epoch(this.count + 1);
    return this.put({ ...member, state: 'ready' });
  }

  /** @returns the worker when it is lost with the stream, undefined when a newer stream took over. */
  streamClosed(worker: WorkerId, stream: number): Member | undefined {
    const member = this.find(worker);
    if (member === undefined || member.state === 'lost' || member.stream !== stream) return undefined;
    return this.lose(member);
  }

  /** A worker goes of its own will; it is not named any longer. */
  leave(worker: WorkerId): Member | undefined {
    const member = this.find(worker);
    if (member === undefined) return undefined;
    this.seats[member.seat] = undefined;
    this.assigned.delete(worker);
    this.count = epoch(this.count + 1);
    return member;
  }

  /** Loses those whose lease has ended. */
  expire(nowMs: number): Member[] {
    const ended = this.members().filter(({ state, leaseEndsMs }) => state !== 'lost' && leaseEndsMs <= nowMs);
    return ended.map((member) => this.lose(member));
  }

  /** What is missing before the cluster can serve; empty when nothing is. */
  waitingFor(): string {
    if (this.shape === null) return `${this.options.stages} workers`;
    const missing = this.layerRanges.flatMap(({ from, to }, stage) => {
      const members = this.membersOf(stage);
      if (members.some(({ state }) => state === 'ready')) return [];
      const states = members.map(({ worker, state }) => `worker ${worker} is ${state}`);
      return [`stage ${stage} (layers ${from} to ${to - 1}): ${states.join(', ') || 'no worker'}`];
    });
    return missing.join('; ');
  }

  private find(worker: WorkerId): Member | undefined {
    return this.seats.find((member) => member?.worker === worker);
  }

  private membersOf(stage: number): Member[] {
    return this.seats.filter((member) => member?.stage === stage) as Member[];
  }

  private emptySeats(): (Member | undefined)[] {
    const { stages, workersPerStage } = this.options;
    return new Array<Member | undefined>(stages * workersPerStage).fill(undefined);
  }

  private put(member: Member): Member {
    this.seats[member.seat] = member;
    return member;
  }

  private lose(member: Member): Member {
    this.count = epoch(this.count + 1);
    return this.put({ ...member, state: 'lost', stream: null });
  }

  private assign(worker: WorkerId, seat: number): void {
    for (const [other, taken] of this.assigned) if (taken === seat) this.assigned.delete(other);
    this.assigned.set(worker, seat);
  }

  /** The ranges and members that a worker of this shape would join: none, where nobody is left to differ from. */
  private admit(
    shape: ModelShape,
    address: string,
  ): { ranges: readonly LayerRange[]; seats: (Member | undefined)[] } {
    checkBlockTokens(shape.geometry.blockTokens);
    parseConfig(shape.configJson);
    const ranges = splitLayers(shape.geometry.layers.length, this.options.stages);
    if (this.shape === null) return { ranges, seats: this.emptySeats() };
    try {
      checkSameShape(this.shape, shape, address);
      return { ranges, seats: this.seats };
    } catch (error) {
      if (this.members().some(({ state }) => state !== 'lost')) throw error;
      return { ranges, seats: this.emptySeats() };
    }
  }

  private adopt(shape: ModelShape, ranges: readonly LayerRange[]): void {
    this.shape = shape;
    this.layerRanges = ranges;
    this.known = null;
    this.seats.fill(undefined);
  }
}
