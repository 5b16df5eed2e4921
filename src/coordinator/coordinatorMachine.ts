import type { BlockKey } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import { type Epoch, type Plan, sequenceId, workerId } from '../core/plan.js';
import type { Random } from '../core/ports/random.js';
import type {
  CoordinatorAnswers,
  CoordinatorEffect,
  CoordinatorEvents,
  Decision,
  EventKind,
  LossCause,
  PlannedSequence,
} from './coordinatorEvent.js';
import type { DurableState, StateChange } from './durableState.js';
import type { Member } from './member.js';
import { Membership } from './membership.js';
import type { Now } from './now.js';
import type { CoordinatorOptions } from './options.js';
import { type PinChanges, Pins } from './pins.js';
import { PrefixIndex } from './prefixIndex.js';
import type { Sequence } from './sequence.js';
import { Sequences } from './sequences.js';
import { type Serving, servingOf } from './serving.js';
import { stagePlans } from './stagePlans.js';

type Handlers = {
  readonly [Kind in EventKind]: (event: CoordinatorEvents[Kind], now: Now) => CoordinatorAnswers[Kind];
};

/** Decides everything that a coordinator decides. Has no clock, no network and no disk. */
export class CoordinatorMachine {
  readonly membership: Membership;
  readonly sequences: Sequences;
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
    this.sequences = new Sequences(options, restored.sequences);
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
    if (epoch !== before) this.store({ kind: 'epoch', epoch });
    return { answer, effects: this.effects };
  }

  private makeHandlers(): Handlers {
    return {
      register: (event, now) => this.register(event, now),
      ready: ({ worker, epoch, tensors }, now) => {
        bound('tensors', tensors.length, this.options.maxTensors);
        this.membership.loaded(worker, epoch, tensors, now.monotonicMs);
        return { epoch: this.membership.epoch };
      },
      heartbeat: ({ worker }, now) => {
        const { pinsVersion } = this.membership.live(worker);
        const { version } = this.pins;
        this.membership.beat(worker, version, now.monotonicMs);
        const pinned = pinsVersion === version ? null : this.pins.blocks();
        return { epoch: this.membership.epoch, pinned };
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
      create: (event, now) => this.create(event, now),
      fork: (event, now) => {
        const { sequence, serving } = this.planned(event);
        const { blockTokens } = serving.geometry;
        return this.keep(
          serving,
          this.sequences.fork(sequence, this.newSequenceId(), blockTokens, now.wallMs),
        );
      },
      extend: (event, now) => {
        const { blocks, tokens } = event;
        bound('blocks', blocks.length, this.options.maxBlocksPerMessage);
        const { sequence, serving } = this.planned(event);
        const { blockTokens } = serving.geometry;
        return this.keep(serving, this.sequences.extend(sequence, blocks, tokens, blockTokens, now.wallMs));
      },
      truncate: (event, now) => {
        const { sequence, serving } = this.planned(event);
        const { blockTokens } = serving.geometry;
        return this.keep(serving, this.sequences.truncate(sequence, event.tokens, blockTokens, now.wallMs));
      },
      release: ({ tenant, sequence }) => {
        if (this.sequences.release(sequence, tenant) === 'absent') return;
        this.store({ kind: 'dropSequence', sequence });
      },
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
    for (const sequence of this.sequences.expire(wallMs)) {
      this.store({ kind: 'dropSequence', sequence });
      this.effects.push({ kind: 'abandoned', sequence });
    }
  }

  private create(event: CoordinatorEvents['create'], now: Now): PlannedSequence {
    const { tenant, blocks, tokens } = event;
    bound('blocks', blocks.length, this.options.maxBlocksPerMessage);
    const serving = this.serving(event.namespace);
    const { namespace } = serving;
    if (this.membership.identity?.isStore === true) {
      throw new KvError(
        'unsupported',
        'this cluster stores pages and computes nothing: put and get blocks, or start one with --model',
      );
    }
    const id = this.newSequenceId();
    const sequence = { id, tenant, namespace, blocks, tokens, touchedMs: now.wallMs };
    return this.keep(serving, this.sequences.create(sequence, serving.geometry.blockTokens));
  }

  private newSequenceId() {
    return sequenceId(Buffer.from(this.random.bytes(16)).toString('hex'));
  }

  /** A sequence whose plan is up to date, and what serves it. */
  private planned(event: CoordinatorEvents['fork']): { sequence: Sequence; serving: Serving } {
    const sequence = this.sequences.get(event.sequence, event.tenant);
    const serving = this.serving(sequence.namespace);
    this.checkEpoch(event.epoch);
    return { sequence, serving };
  }

  private checkEpoch(given: Epoch): void {
    const { epoch } = this.membership;
    if (given === epoch) return;
    throw new KvError(
      'stale',
      `the plan is of epoch ${given}, the cluster is in epoch ${epoch}: ask for a new plan`,
      { context: { epoch } },
    );
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

  private keep(serving: Serving, sequence: Sequence): PlannedSequence {
    this.store({ kind: 'putSequence', sequence });
    const { id, blocks, tokens } = sequence;
    const plan: Plan = { sequence: id, epoch: this.membership.epoch, stages: stagePlans(serving.members) };
    // The last token is always computed: its logits are what the client is after.
    const limit = Math.max(0, Math.ceil(tokens / serving.geometry.blockTokens) - 1);
    return { plan, cachedBlocks: this.cached(serving, blocks, limit), tokens };
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
