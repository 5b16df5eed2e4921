import type { BlockKey } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import { workerId } from '../core/plan.js';
import type { Random } from '../core/ports/random.js';
import type {
  CoordinatorAnswers,
  CoordinatorEffect,
  CoordinatorEvents,
  Decision,
  EventKind,
  LossCause,
} from './coordinatorEvent.js';
import { drain } from './drain.js';
import type { DurableState, StateChange } from './durableState.js';
import type { Member } from './member.js';
import { Membership } from './membership.js';
import type { Now } from './now.js';
import type { CoordinatorOptions } from './options.js';
import { type PinChanges, Pins } from './pins.js';
import { PlacedSequences } from './placedSequences.js';
import { PrefixIndex } from './prefixIndex.js';
import { type Serving, servingOf } from './serving.js';
import { shardsBeside } from './stagePlans.js';

type Handlers = {
  readonly [Kind in EventKind]: (event: CoordinatorEvents[Kind], now: Now) => CoordinatorAnswers[Kind];
};

/** Decides everything that a coordinator decides. Has no clock, no network and no disk. */
export class CoordinatorMachine {
  readonly membership: Membership;
  readonly sequences: PlacedSequences;
  readonly pins: Pins;
  private prefixes: PrefixIndex;
  private effects: CoordinatorEffect[] = [];
  private readonly handlers: Handlers;

  constructor(
    private readonly options: CoordinatorOptions,
    private readonly random: Random,
    restored: DurableState,
  ) {
    this.membership = new Membership(options, restored);
    this.sequences = new PlacedSequences(
      {
        options,
        random,
        membership: this.membership,
        cached: (serving, blocks, limit) => this.cached(serving, blocks, limit),
        emit: (effect) => this.effects.push(effect),
      },
      restored.sequences,
    );
    this.pins = new Pins(options.maxPinnedBlocks, restored.pins);
    this.prefixes = new PrefixIndex(0, options.maxIndexedBlocks);
    this.handlers = this.makeHandlers();
  }

  get index(): Pick<PrefixIndex, 'blocks' | 'blocksOf' | 'pagesOf'> {
    return this.prefixes;
  }

  /**
   * Takes one event; answers it and says what is to be done about it, in order.
   * @throws KvError when the event is refused; then nothing has changed.
   */
  handle<Kind extends EventKind>(kind: Kind, event: CoordinatorEvents[Kind], now: Now): Decision<Kind> {
    this.effects = [];
    const handler: Handlers[Kind] = this.handlers[kind];
    const before = this.membership.epoch;
    const answer = handler(event, now);
    const { epoch } = this.membership;
    if (epoch !== before) {
      this.store({ kind: 'epoch', epoch });
      this.sequences.membershipChanged(now);
    }
    this.sequences.settle(now);
    return { answer, effects: this.effects };
  }

  private makeHandlers(): Handlers {
    return {
      register: (event, now) => this.register(event, now),
      ready: ({ worker, epoch, tensors, bounds }, now) => {
        bound('tensors', tensors.length, this.options.maxTensors);
        this.membership.loaded(worker, epoch, tensors, now.monotonicMs, bounds);
        return { epoch: this.membership.epoch };
      },
      heartbeat: ({ worker, since, openSequences = [], shardsEpoch, keptPages }, now) => {
        bound('open sequences', openSequences.length, this.options.maxSequences);
        // A registration that was given up may arrive late: it waits for a worker that does not know of it.
        const before =
          since === undefined ? this.membership.live(worker) : this.membership.liveSince(worker, since);
        const { version } = this.pins;
        const open = openSequences.length;
        const told = { pinsVersion: version, shardsEpoch, keptPages, openSequences: open };
        const member = this.membership.beat(worker, told, now.monotonicMs);
        this.sequences.heard(openSequences, now);
        const { epoch } = this.membership;
        return {
          epoch,
          pinned: before.pinsVersion === version ? null : this.pins.blocks(),
          stage: shardsEpoch === epoch ? null : this.stageOf(member),
        };
      },
      drain: ({ worker }) => {
        const { epoch } = this.membership;
        const state = drain(this.membership, worker);
        if (this.membership.epoch !== epoch)
          this.effects.push({ kind: 'drained', member: this.membership.live(worker) });
        return state;
      },
      leave: ({ worker }) => this.lost(this.membership.leave(worker), 'left'),
      inventoryOpened: ({ worker, stream }) => {
        this.membership.streamOpened(worker, stream);
        this.prefixes.expectWhole(worker);
      },
      inventory: (event) => this.inventory(event),
      inventoryClosed: ({ worker, stream }) =>
        this.lost(this.membership.streamClosed(worker, stream), 'stream'),
      tick: (_, now) => this.tick(now),
      create: (event, now) => {
        bound('blocks', event.blocks.length, this.options.maxBlocksPerMessage);
        if (this.membership.identity?.isStore === true) {
          throw new KvError(
            'unsupported',
            'this cluster stores pages and computes nothing: put and get blocks, or start one with --model',
          );
        }
        return this.sequences.create(event, now);
      },
      fork: (event, now) => this.sequences.fork(event, now),
      withdraw: (event) => this.sequences.withdraw(event),
      extend: (event, now) => {
        bound('blocks', event.blocks.length, this.options.maxBlocksPerMessage);
        return this.sequences.extend(event, now);
      },
      truncate: (event, now) => this.sequences.truncate(event, now),
      release: (event) => this.sequences.release(event),
      lookup: ({ namespace, blocks }) => {
        bound('blocks', blocks.length, this.options.maxBlocksPerMessage);
        const { geometry, stages } = this.serving(namespace);
        const cachedBlocks = this.cached({ geometry, stages }, blocks, blocks.length);
        return {
          cachedBlocks,
          epoch: this.membership.epoch,
          stages: stages.map((stage) => ({
            layers: stage.layers,
            cachedBlocks: this.prefixes.stagePrefix(geometry, blocks, blocks.length, stage),
          })),
        };
      },
      locate: ({ namespace, blocks }) => {
        bound('blocks', blocks.length, this.options.maxBlocksPerMessage);
        this.serving(namespace);
        const places = blocks.map((block) => this.prefixes.holdersOf(block));
        return { epoch: this.membership.epoch, blocks: places };
      },
      pin: ({ namespace, blocks, ttlMs }, now) => {
        bound('blocks', blocks.length, this.options.maxBlocksPerMessage);
        this.serving(namespace);
        const changes = this.pins.pin(blocks, ttlMs, now.wallMs);
        this.storePins(changes);
        return { blocks: changes.put.length + changes.dropped.length };
      },
    };
  }

  private stageOf(member: Member) {
    const members = this.membership.members();
    const drained = members.filter(
      ({ stage, drainedSince }) => stage === member.stage && drainedSince !== null,
    );
    return {
      shards: shardsBeside(member, members),
      drained: drained.filter((other) => other !== member).map(({ worker }) => worker),
      isDraining: member.drainedSince !== null,
    };
  }

  private register(event: CoordinatorEvents['register'], now: Now): CoordinatorAnswers['register'] {
    const model = this.membership.model;
    const newId = workerId(`worker-${Buffer.from(this.random.bytes(4)).toString('hex')}`);
    const { member, replaced } = this.membership.join(event, newId, now.monotonicMs);
    if (this.membership.model !== model) {
      this.prefixes = new PrefixIndex(event.shape.geometry.layers.length, this.options.maxIndexedBlocks);
    }
    for (const other of replaced) this.lost(other, 'replaced');
    this.store({ kind: 'assign', assignment: this.membership.assignmentOf(member) });
    this.effects.push({ kind: 'joined', member });
    return { member, epoch: this.membership.epoch };
  }

  private inventory({ worker, stream, part, more }: CoordinatorEvents['inventory']) {
    bound('pages', part.added.length + part.removed.length, this.options.maxPagesPerMessage);
    const before = this.membership.live(worker);
    // A message of a stream that was replaced may arrive late; its numbers mean nothing here.
    if (before.stream !== stream)
      throw new KvError('stale', `worker "${worker}" has a newer inventory stream`);
    const { kind } = this.prefixes.apply(worker, part);
    if (kind === 'gap') return { kind: 'resend' } as const;
    if (more || kind === 'awaited') return { kind: 'wait' } as const;
    const member = this.membership.inventoryKnown(worker);
    if (member.state !== before.state) this.effects.push({ kind: 'serving', member });
    return { kind: 'ack' } as const;
  }

  private tick({ monotonicMs, wallMs }: Now): undefined {
    for (const member of this.membership.expire(monotonicMs)) this.lost(member, 'lease');
    this.storePins(this.pins.expire(wallMs));
    this.sequences.tick({ monotonicMs, wallMs });
  }

  /** @throws KvError as `servingOf`. */
  private serving(namespace: string): Serving {
    return servingOf(this.membership, namespace);
  }

  private cached(
    { geometry, stages }: Pick<Serving, 'geometry' | 'stages'>,
    blocks: readonly BlockKey[],
    limit: number,
  ): number {
    const cachedBlocks = this.prefixes.longestPrefix(geometry, blocks, limit, stages);
    this.effects.push({ kind: 'lookedUp', blocks: blocks.length, cachedBlocks });
    return cachedBlocks;
  }

  private lost(member: Member | undefined, cause: LossCause): undefined {
    if (member === undefined) return;
    this.prefixes.drop(member.worker);
    this.effects.push({ kind: 'lost', member, cause });
  }

  private storePins({ put, dropped }: PinChanges): void {
    this.store(
      ...put.map((pin) => ({ kind: 'putPin', pin }) as const),
      ...dropped.map((block) => ({ kind: 'dropPin', block }) as const),
    );
  }

  private store(...changes: StateChange[]): void {
    if (changes.length > 0) this.effects.push({ kind: 'store', changes });
  }
}

function bound(what: string, count: number, most: number): void {
  if (count <= most) return;
  throw new KvError('exhausted', `a message carries ${count} ${what}, and at most ${most} are taken`);
}
