import { KvError } from '../core/errors.js';
import type { Cancel } from '../core/ports/clock.js';
import type { NetworkServer } from '../core/ports/network.js';
import type { EtcdKv } from '../rpc/etcd/etcdKv.js';
import { Coordinator, type CoordinatorParts } from './coordinator.js';
import { Election, type ElectionEffect, type ElectionEvent, type Seat } from './election.js';
import { EtcdStateStore } from './etcdStateStore.js';
import { LeaderGate } from './leaderGate.js';
import { LeaderSeat } from './leaderSeat.js';
import type { Leadership } from './leadership.js';
import type { CoordinatorOptions } from './options.js';

export interface ElectedCoordinatorParts extends Omit<CoordinatorParts, 'store'> {
  readonly kv: EtcdKv;
  /** Of all keys of the cluster in etcd; ends with a slash. */
  readonly prefix: string;
  /** host:port at which clients and workers reach this coordinator; what it listens on where it is empty. */
  readonly advertise: string;
}

export interface ElectedCoordinatorOptions extends CoordinatorOptions {
  /** A leader that is not heard of for so long is replaced. */
  readonly leaderLeaseMs: number;
}

/** Renewals, and looks at the leader, within one lease. The margin is as long as the time between two. */
const beatsPerLease = 6;
const closeGraceMs = 500;

/**
 * One of several coordinators: takes part in the election, serves while it leads, and tells all others whom to
 * ask. What it knew is forgotten when it no longer leads; the next leader reads the state from etcd, and hears
 * from the workers what they hold.
 */
export class ElectedCoordinator {
  private readonly election: Election;
  private readonly seat: LeaderSeat;
  private readonly gate: LeaderGate;
  private server: NetworkServer | undefined;
  private term: { readonly fence: number; readonly coordinator: Promise<Coordinator | null> } | null = null;
  private stopTicking: Cancel = () => {};
  /** No second call to etcd before the first has ended. */
  private isAsking = false;
  private isClosed = false;

  private constructor(
    private readonly parts: ElectedCoordinatorParts,
    private readonly options: ElectedCoordinatorOptions,
  ) {
    const { clock, metrics, kv, prefix } = parts;
    const { leaderLeaseMs: leaseMs } = options;
    this.election = new Election({ leaseMs, marginMs: leaseMs / beatsPerLease }, clock.monotonicMs());
    this.seat = new LeaderSeat(kv, prefix);
    this.gate = new LeaderGate({
      holds: (fence) => this.holds(fence),
      leader: () => (this.election.leader === this.address ? '' : this.election.leader),
      refused: () => metrics.refusedWithoutLead('lease'),
    });
  }

  /**
   * Serves on `listen`; port 0 takes a free one.
   * @throws KvError `conflict` when the address is in use, `unavailable` when etcd does not answer.
   */
  static async start(
    listen: string,
    parts: ElectedCoordinatorParts,
    options: ElectedCoordinatorOptions,
  ): Promise<ElectedCoordinator> {
    const coordinator = new ElectedCoordinator(parts, options);
    const seen = await coordinator.seat.look();
    coordinator.server = await parts.network.serve(listen, coordinator.gate.bindings());
    coordinator.server.setServing?.(false);
    coordinator.take({ kind: 'looked', seat: seen });
    coordinator.tick();
    return coordinator;
  }

  /** host:port that others reach it at. */
  get address(): string {
    return this.parts.advertise || (this.server?.address ?? '');
  }

  /** Resigns, so that another one leads at once. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.stopTicking();
    const { term } = this;
    if (term !== null) {
      this.server?.setServing?.(false);
      await (await term.coordinator)?.close();
      // The lease ends it otherwise.
      if (this.holds(term.fence)) await this.seat.resign(term.fence).catch(() => {});
    }
    await this.server?.close(closeGraceMs);
    this.parts.kv.close();
  }

  private holds(fence: number): boolean {
    return this.election.leads(fence, this.parts.clock.monotonicMs());
  }

  private tick(): void {
    this.stopTicking = this.parts.clock.setTimer(this.options.leaderLeaseMs / beatsPerLease, () => {
      this.take({ kind: 'tick' });
      if (!this.isClosed) this.tick();
    });
  }

  private take(event: ElectionEvent): void {
    if (this.isClosed) return;
    for (const effect of this.election.handle(event, this.parts.clock.monotonicMs())) this.run(effect);
  }

  private run(effect: ElectionEffect): void {
    switch (effect.kind) {
      case 'look':
        this.ask(async () => ({ kind: 'looked', seat: await this.seat.look() }));
        break;
      case 'renew':
        this.ask((atMs) => this.renew(effect.fence, atMs));
        break;
      case 'campaign':
        this.ask((atMs) => this.campaign(effect.seat, atMs), { kind: 'notElected' });
        break;
      case 'lead':
        this.lead(effect.fence);
        break;
      case 'stepDown':
        this.stepDown(effect.fence, effect.cause);
    }
  }

  /** @param otherwise what is taken when etcd cannot be asked. */
  private ask(
    question: (atMs: number) => Promise<ElectionEvent>,
    otherwise: ElectionEvent | null = null,
  ): void {
    if (this.isAsking) return;
    this.isAsking = true;
    question(this.parts.clock.monotonicMs()).then(
      (event) => {
        this.isAsking = false;
        this.take(event);
      },
      (thrown: unknown) => {
        this.isAsking = false;
        this.parts.log.warn('etcd cannot be asked who leads', { error: KvError.from(thrown).message });
        if (otherwise !== null) this.take(otherwise);
      },
    );
  }

  private async campaign(seen: Seat, atMs: number): Promise<ElectionEvent> {
    const fence = await this.seat.take(seen, this.address);
    return fence === null ? { kind: 'notElected' } : { kind: 'elected', fence, atMs };
  }

  private async renew(fence: number, atMs: number): Promise<ElectionEvent> {
    const isMade = await this.seat.renew(fence);
    if (!isMade) this.parts.metrics.refusedWithoutLead('fence');
    return isMade ? { kind: 'renewed', fence, atMs } : { kind: 'refused', fence };
  }

  private lead(fence: number): void {
    const { log, metrics, network, clock, kv, prefix } = this.parts;
    log.info('this coordinator was elected', { fence, address: this.address });
    const leadership: Leadership = {
      guard: { key: this.seat.leaderKey, revision: fence },
      holds: () => this.holds(fence),
      refused: () => {
        metrics.refusedWithoutLead('fence');
        log.warn('a write was refused: another coordinator leads', { fence });
        this.take({ kind: 'refused', fence });
      },
    };
    const store = new EtcdStateStore({ kv, prefix, clock, leadership });
    const parts = { ...this.parts, store, network: this.gate.network(fence, network) };
    const coordinator = Coordinator.start(this.address, parts, this.options).then(
      (started) => {
        this.server?.setServing?.(true);
        metrics.leading(true);
        log.info('this coordinator leads', { fence });
        return started;
      },
      (thrown: unknown) => {
        log.error('this coordinator cannot lead', { fence, error: KvError.from(thrown).message });
        this.take({ kind: 'gaveUp', fence });
        return null;
      },
    );
    this.term = { fence, coordinator };
  }

  private stepDown(fence: number, cause: string): void {
    const { log, metrics } = this.parts;
    const { term } = this;
    if (term?.fence !== fence) return;
    log.warn('this coordinator no longer leads', { fence, cause });
    metrics.leading(false);
    this.server?.setServing?.(false);
    this.gate.close(fence);
    this.term = null;
    // One that still starts is closed when it has.
    void term.coordinator.then((started) => started?.close());
  }
}
