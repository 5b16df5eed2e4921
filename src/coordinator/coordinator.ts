import { KvError } from '../core/errors.js';
import type { Cancel, Clock } from '../core/ports/clock.js';
import type { Network, NetworkServer } from '../core/ports/network.js';
import type { Random } from '../core/ports/random.js';
import type { CoordinatorMetrics } from '../observe/coordinatorMetrics.js';
import type { LogFields, Logger } from '../observe/logger.js';
import type {
  CoordinatorAnswers,
  CoordinatorEffect,
  CoordinatorEvents,
  Decision,
  EventKind,
} from './coordinatorEvent.js';
import { CoordinatorMachine } from './coordinatorMachine.js';
import { coordinatorService } from './coordinatorService.js';
import type { Member } from './member.js';
import { nowOf } from './now.js';
import type { CoordinatorOptions } from './options.js';
import type { StateStore } from './stateStore.js';
import { WaitingCalls } from './waitingCalls.js';

/** A coordinator's surroundings: real ones in production, simulated twins in simulation. */
export interface CoordinatorParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly store: StateStore;
  readonly log: Logger;
  readonly metrics: CoordinatorMetrics;
  /** host:port of /metrics, told in the status; empty where there is none. */
  readonly metricsAddress: string;
}

/** How long calls in flight may run on when the coordinator is closed. */
const closeGraceMs = 500;

/** The shell around the machine: serves it, makes its changes durable, and tells it the time. */
export class Coordinator {
  private stopTicking: Cancel = () => {};
  private server: NetworkServer | undefined;
  /** Settles with the last write so far. */
  private lastWrite: Promise<void> = Promise.resolve();
  private readonly waiting = new WaitingCalls((kind, event) => this.take(kind, event));

  private constructor(
    private readonly parts: CoordinatorParts,
    private readonly options: CoordinatorOptions,
    private readonly machine: CoordinatorMachine,
  ) {}

  /**
   * Restores the durable state and serves on `listen`; port 0 takes a free one.
   * @throws KvError `conflict` when the address is in use; what `StateStore.open` throws.
   */
  static async start(
    listen: string,
    parts: CoordinatorParts,
    options: CoordinatorOptions,
  ): Promise<Coordinator> {
    const opened = await parts.store.open();
    if (opened.kind === 'quarantined') {
      const { movedTo, reason } = opened;
      parts.log.error('the state was damaged; it was moved away and the coordinator starts empty', {
        movedTo,
        reason,
      });
    }
    const machine = new CoordinatorMachine(options, parts.random, opened.state);
    const coordinator = new Coordinator(parts, options, machine);
    try {
      // The epoch counts restarts too; nobody may hear of one that could be given again.
      await parts.store.write([{ kind: 'epoch', epoch: machine.membership.epoch }]);
      await coordinator.serve(listen);
    } catch (error) {
      await parts.store.close();
      throw error;
    }
    return coordinator;
  }

  /** host:port that was bound. */
  get address(): string {
    return this.server?.address ?? '';
  }

  async close(): Promise<void> {
    this.stopTicking();
    await this.server?.close(closeGraceMs);
    await this.parts.store.close();
  }

  private async serve(listen: string): Promise<void> {
    const { network, metrics, metricsAddress } = this.parts;
    const { machine } = this;
    this.server = await network.serve(
      listen,
      coordinatorService({
        machine,
        leaseMs: this.options.leaseMs,
        stages: this.options.stages,
        metricsAddress,
        network,
        take: (kind, event) => this.take(kind, event),
        durable: () => this.lastWrite,
        waiting: this.waiting,
      }),
    );
    metrics.serving(() => ({
      epoch: machine.membership.epoch,
      sequences: machine.sequences.size,
      pinnedBlocks: machine.pins.size,
      indexedBlocks: machine.index.blocks,
      workers: machine.membership.members(),
      waiting: machine.sequences.admission.waiting,
      stages: machine.sequences.admission.stages(),
    }));
    this.tick();
  }

  /** Gives the machine an event; answers when what follows from it is durable. */
  private async take<Kind extends EventKind>(
    kind: Kind,
    event: CoordinatorEvents[Kind],
  ): Promise<CoordinatorAnswers[Kind]> {
    const { answer, effects } = this.decide(kind, event);
    const changes = effects.flatMap((effect) => (effect.kind === 'store' ? effect.changes : []));
    for (const effect of effects) this.tell(effect);
    try {
      if (changes.length > 0) this.lastWrite = this.parts.store.write(changes);
      // Also where nothing was changed: an epoch that is told may not be given again by the next coordinator.
      await this.lastWrite;
    } catch (thrown) {
      for (const effect of effects) this.waiting.settle(effect, KvError.from(thrown));
      throw thrown;
    }
    for (const effect of effects) this.waiting.settle(effect);
    return answer;
  }

  private decide<Kind extends EventKind>(kind: Kind, event: CoordinatorEvents[Kind]): Decision<Kind> {
    try {
      return this.machine.handle(kind, event, nowOf(this.parts.clock));
    } catch (thrown) {
      this.tellRefusal(thrown);
      throw thrown;
    }
  }

  private tellRefusal(thrown: unknown): void {
    const cause = thrown instanceof KvError ? thrown.context.admission : undefined;
    if (typeof cause === 'string') this.parts.metrics.refused(cause);
  }

  private tick(): void {
    this.stopTicking = this.parts.clock.setTimer(this.options.tickMs, () => {
      this.take('tick', {}).catch((thrown: unknown) => {
        this.parts.log.error('a change could not be made durable', { error: KvError.from(thrown).message });
      });
      this.tick();
    });
  }

  private tell(effect: CoordinatorEffect): void {
    const { log, metrics } = this.parts;
    switch (effect.kind) {
      case 'joined':
        log.info('a worker has joined', fieldsOf(effect.member));
        break;
      case 'serving':
        log.info('a worker serves', fieldsOf(effect.member));
        break;
      case 'drained':
        log.info('a worker is drained', fieldsOf(effect.member));
        break;
      case 'lost':
        metrics.workerLost(effect.cause);
        if (effect.cause === 'left') log.info('a worker has left', fieldsOf(effect.member));
        else log.warn('a worker was lost', { ...fieldsOf(effect.member), cause: effect.cause });
        break;
      case 'lookedUp':
        metrics.lookedUp(effect.blocks, effect.cachedBlocks);
        break;
      case 'refused':
        this.tellRefusal(effect.error);
        break;
      case 'abandoned':
        log.info('a sequence was released: nobody touched it for long', { sequence: effect.sequence });
    }
  }
}

function fieldsOf({ worker, address, stage, layers }: Member): LogFields {
  return { worker, address, stage, fromLayer: layers.from, toLayer: layers.to };
}
