import { KvError } from '../core/errors.js';
import { checkBlockTokens } from '../core/geometry.js';
import { type LayerRange, splitLayers } from '../core/layerRange.js';
import type { TensorDigest } from '../core/namespace.js';
import { type Epoch, epoch, type WorkerId } from '../core/plan.js';
import type { Assignment } from './durableState.js';
import type { Member, Registration } from './member.js';
import {
  checkSameShape,
  identityOf,
  joinTensors,
  type ModelIdentity,
  type ModelShape,
  parseConfig,
} from './modelIdentity.js';
import { chooseStage } from './stageChoice.js';

export interface MembershipOptions {
  readonly stages: number;
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
 * Who is in the cluster: one worker a stage. Every change of it counts the epoch up. Nothing changes when
 * a method throws. Times are monotonic milliseconds.
 */
export class Membership {
  private readonly slots: (Member | undefined)[];
  private readonly assigned = new Map<WorkerId, number>();
  private count: Epoch;
  private shape: ModelShape | null = null;
  private layerRanges: readonly LayerRange[] = [];
  private known: ModelIdentity | null = null;

  constructor(
    private readonly options: MembershipOptions,
    restored: { readonly epoch: Epoch; readonly assignments: readonly Assignment[] },
  ) {
    this.slots = new Array<Member | undefined>(options.stages).fill(undefined);
    for (const { worker, stage } of restored.assignments) this.assigned.set(worker, stage);
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
    return this.slots.filter((member) => member !== undefined);
  }

  /** One ready worker for each stage, or null while one is missing. */
  chain(): readonly Member[] | null {
    const ready = this.members().filter(({ state }) => state === 'ready');
    return ready.length === this.options.stages ? ready : null;
  }

  /** @throws KvError `notFound` when the worker is not in the cluster, or no longer: it has to join again. */
  live(worker: WorkerId): Member {
    const member = this.find(worker);
    if (member !== undefined && member.state !== 'lost') return member;
    throw new KvError('notFound', `worker "${worker}" is not in the cluster: register again`, {
      context: { worker },
    });
  }

  /**
   * @param newId an id that is used when the worker brings none.
   * @throws KvError `invalid` when there is no stage for it or its model is another one, `conflict` when
   * its id is another worker's.
   */
  join({ worker, stage: wish, shape, registration }: JoinRequest, newId: WorkerId, nowMs: number): Joined {
    const { ranges, slots } = this.admit(shape, registration.address);
    const { stages } = this.options;
    const stage = chooseStage({
      slots,
      assigned: this.assigned,
      worker,
      wish,
      address: registration.address,
    });
    if (stage === null) {
      const count = slots.length + 1;
      throw new KvError('invalid', `${count} workers for ${stages} stages: one worker a stage`);
    }
    const layers = ranges[stage]!; // splitLayers gives one a stage
    const replaced = slots.filter(
      (member) =>
        member !== undefined &&
        member.state !== 'lost' &&
        (member.stage === stage || member.address === registration.address),
    ) as Member[];
    if (slots !== this.slots) this.adopt(shape, ranges);
    for (const member of replaced) this.slots[member.stage] = undefined;
    this.count = epoch(this.count + 1);
    const id = worker ?? newId;
    this.assign(id, stage);
    const member = this.put({
      ...registration,
      worker: id,
      stage,
      layers,
      since: this.count,
      state: 'loading',
      tensors: null,
      stream: null,
      beats: false,
      leaseEndsMs: nowMs + this.options.loadLeaseMs,
      pinsVersion: -1,
    });
    return { member, replaced };
  }

  /**
   * A worker has loaded its layers and says what they are made of.
   * @throws KvError `notFound`, `stale` for a registration that was replaced, `invalid` when its weights
   * are not of the checkpoint that the others have.
   */
  loaded(worker: WorkerId, since: Epoch, tensors: readonly TensorDigest[], nowMs: number): Member {
    const member = this.live(worker);
    if (member.since !== since) {
      throw new KvError('stale', `worker "${worker}" has registered again since epoch ${since}`);
    }
    const others = this.members().filter((other) => other.worker !== worker);
    const reports = [...others, { worker, tensors }].flatMap((report) =>
      report.tensors === null ? [] : [{ worker: report.worker, tensors: report.tensors }],
    );
    const joined = joinTensors(reports);
    if (this.shape !== null && reports.length === this.options.stages) {
      this.known = identityOf(this.shape, joined);
    }
    this.count = epoch(this.count + 1);
    return this.put({ ...member, tensors, leaseEndsMs: nowMs + this.options.loadLeaseMs });
  }

  /** @throws KvError `notFound` */
  beat(worker: WorkerId, pinsVersion: number, nowMs: number): Member {
    const leaseEndsMs = nowMs + this.options.leaseMs;
    return this.put({ ...this.live(worker), beats: true, leaseEndsMs, pinsVersion });
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
    this.slots[member.stage] = undefined;
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
    const missing = this.slots.flatMap((member, stage) => {
      if (member?.state === 'ready') return [];
      const { from, to } = this.layerRanges[stage]!; // one a stage
      const name = `stage ${stage} (layers ${from} to ${to - 1})`;
      if (member === undefined) return [`${name}: no worker`];
      return [`${name}: worker ${member.worker} is ${member.state}`];
    });
    return missing.join('; ');
  }

  private find(worker: WorkerId): Member | undefined {
    return this.slots.find((member) => member?.worker === worker);
  }

  private put(member: Member): Member {
    this.slots[member.stage] = member;
    return member;
  }

  private lose(member: Member): Member {
    this.count = epoch(this.count + 1);
    return this.put({ ...member, state: 'lost', stream: null });
  }

  private assign(worker: WorkerId, stage: number): void {
    for (const [other, taken] of this.assigned) if (taken === stage) this.assigned.delete(other);
    this.assigned.set(worker, stage);
  }

  /** The ranges and members that a worker of this shape would join: none, where nobody is left to differ from. */
  private admit(
    shape: ModelShape,
    address: string,
  ): { ranges: readonly LayerRange[]; slots: (Member | undefined)[] } {
    checkBlockTokens(shape.geometry.blockTokens);
    parseConfig(shape.configJson);
    const ranges = splitLayers(shape.geometry.layers.length, this.options.stages);
    if (this.shape === null) return { ranges, slots: new Array(this.options.stages).fill(undefined) };
    try {
      checkSameShape(this.shape, shape, address);
      return { ranges, slots: this.slots };
    } catch (error) {
      if (this.members().some(({ state }) => state !== 'lost')) throw error;
      return { ranges, slots: new Array(this.options.stages).fill(undefined) };
    }
  }

  private adopt(shape: ModelShape, ranges: readonly LayerRange[]): void {
    this.shape = shape;
    this.layerRanges = ranges;
    this.known = null;
    this.slots.fill(undefined);
  }
}
