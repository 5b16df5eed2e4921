import type { BlockKey } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import { type Epoch, type Plan, type SequenceId, sequenceId } from '../core/plan.js';
import type { Random } from '../core/ports/random.js';
import { Admission, type AdmissionRequest, tokensMax } from './admission.js';
import type { CoordinatorEffect, CoordinatorEvents, Placing, PlannedSequence } from './coordinatorEvent.js';
import type { Membership } from './membership.js';
import type { Now } from './now.js';
import type { CoordinatorOptions } from './options.js';
import type { Sequence } from './sequence.js';
import { Sequences } from './sequences.js';
import { type Serving, servingOf } from './serving.js';
import { stagePlans } from './stagePlans.js';

export interface PlacedSequencesParts {
  readonly options: CoordinatorOptions;
  readonly random: Random;
  readonly membership: Membership;
  /** Blocks of a chain that every stage holds, at most `limit`. */
  cached(serving: Serving, blocks: readonly BlockKey[], limit: number): number;
  emit(effect: CoordinatorEffect): void;
}

/** What clients ask about sequences. Places each when there is room for it; nothing changes when a method throws. */
export class PlacedSequences {
  readonly admission: Admission;
  readonly #parts: PlacedSequencesParts;
  readonly #all: Sequences;

  constructor(parts: PlacedSequencesParts, restored: readonly Sequence[]) {
    this.#parts = parts;
    this.#all = new Sequences(parts.options, restored);
    const { admissionIdleMs, leaseMs } = parts.options;
    // Open streams are told with heartbeats: none of a worker that is not lost falls silent between two.
    this.admission = new Admission({ ...parts.options, admissionIdleMs: Math.max(admissionIdleMs, leaseMs) });
  }

  get size(): number {
    return this.#all.size;
  }

  /** Other workers serve, or none in some stage: then nobody is admitted for the time being. */
  membershipChanged({ monotonicMs }: Now): void {
    const { membership } = this.#parts;
    const { identity } = membership;
    if (membership.ready() === null || identity === null) return;
    const serving = servingOf(membership, identity.namespace);
    const counted = this.#all.of(serving.namespace);
    this.admission.place(serving, counted, monotonicMs);
  }

  create(event: CoordinatorEvents['create'], now: Now): Placing {
    const { tenant, blocks, tokens, maxTokens } = event;
    const serving = this.#serving(event.namespace);
    const { namespace } = serving;
    const id = this.#newId();
    const sequence = { id, tenant, namespace, blocks, tokens, maxTokens, touchedMs: now.wallMs };
    return this.#place(serving, sequence, event.ticket, now);
  }

  fork(event: CoordinatorEvents['fork'], now: Now): Placing {
    const { sequence: parent, serving } = this.#planned(event);
    const { blockTokens } = serving.geometry;
    const tokens = parent.blocks.length * blockTokens;
    const { maxTokens } = event;
    const sequence = { ...parent, id: this.#newId(), tokens, maxTokens, touchedMs: now.wallMs };
    return this.#place(serving, sequence, event.ticket, now);
  }

  withdraw({ ticket }: CoordinatorEvents['withdraw']): undefined {
    // One whose wait has ended otherwise is told that end.
    if (this.admission.withdraw(ticket) !== undefined) this.#parts.emit({ kind: 'withdrawn', ticket });
  }

  extend(event: CoordinatorEvents['extend'], now: Now): PlannedSequence {
    const { sequence, serving } = this.#planned(event);
    const { blockTokens } = serving.geometry;
    const maxTokens = Math.max(sequence.maxTokens ?? 0, event.maxTokens);
    checkLength(serving, Math.max(event.tokens, maxTokens));
    const grown = { ...sequence, maxTokens };
    const extended = this.#all.extended(grown, event.blocks, event.tokens, blockTokens, now.wallMs);
    this.admission.grow(sequence, extended, now.monotonicMs);
    const { id, tokens, touchedMs } = this.#all.put(extended);
    // A record of the whole sequence for every block would be megabytes of a long one.
    const from = sequence.blocks.length;
    const growth = { id, from, blocks: extended.blocks.slice(from), tokens, maxTokens, touchedMs };
    this.#parts.emit({ kind: 'store', changes: [{ kind: 'growSequence', growth }] });
    return this.#answer(serving, extended);
  }

  truncate(event: CoordinatorEvents['truncate'], now: Now): PlannedSequence {
    const { sequence, serving } = this.#planned(event);
    const { blockTokens } = serving.geometry;
    const truncated = this.#all.truncate(sequence, event.tokens, blockTokens, now.wallMs);
    this.admission.shrink(truncated, now.monotonicMs);
    return this.#keep(serving, truncated);
  }

  release({ tenant, sequence }: CoordinatorEvents['release']): undefined {
    if (this.#all.release(sequence, tenant) === 'absent') return;
    this.#forget(sequence);
  }

  /** Workers have decode streams of these open. Those that are not known here were released. */
  heard(ids: readonly SequenceId[], { monotonicMs }: Now): void {
    for (const id of ids) {
      const sequence = this.#all.find(id);
      if (sequence !== undefined) this.admission.heard(sequence, monotonicMs);
    }
  }

  tick({ monotonicMs, wallMs }: Now): void {
    for (const request of this.admission.expire(monotonicMs)) {
      this.#refuse(request, this.admission.refusal('wait', request.sequence));
    }
    for (const sequence of this.#all.expire(wallMs)) {
      this.#forget(sequence);
      this.#parts.emit({ kind: 'abandoned', sequence });
    }
  }

  /** Admits those whose turn has come; to be called after each event. */
  settle(now: Now): void {
    const { membership, emit } = this.#parts;
    while (membership.ready() !== null) {
      const request = this.admission.take(now.monotonicMs);
      if (request === null) return;
      const { ticket } = request;
      try {
        emit({ kind: 'admitted', ticket, placed: this.#placeNow(request.sequence) });
      } catch (thrown) {
        this.#refuse(request, KvError.from(thrown));
      }
    }
  }

  #place(serving: Serving, sequence: Sequence, ticket: number | null, { monotonicMs }: Now): Placing {
    checkLength(serving, tokensMax(sequence));
    this.#all.check(sequence, serving.geometry.blockTokens);
    const { admissionWaitMsMax } = this.#parts.options;
    const own = { tenant: sequence.tenant, sequence, ticket: ticket ?? unnamed };
    this.admission.ask({ ...own, endsMs: monotonicMs + admissionWaitMsMax });
    // All were settled before: if anybody's turn has come by this, it is this one's.
    const next = this.admission.take(monotonicMs);
    if (next !== null) return { kind: 'placed', placed: this.#placeNow(next.sequence) };
    if (ticket !== null) return { kind: 'waiting' };
    this.admission.withdraw(unnamed);
    throw this.admission.refusal('noWait', sequence);
  }

  /** A sequence that was admitted. */
  #placeNow(sequence: Sequence): PlannedSequence {
    try {
      const serving = this.#serving(sequence.namespace);
      return this.#keep(serving, this.#all.create(sequence, serving.geometry.blockTokens));
    } catch (thrown) {
      this.admission.release(sequence.id);
      throw thrown;
    }
  }

  #refuse({ ticket }: AdmissionRequest, error: KvError): void {
    this.#parts.emit({ kind: 'refused', ticket, error });
  }

  #forget(sequence: SequenceId): void {
    this.admission.release(sequence);
    this.#parts.emit({ kind: 'store', changes: [{ kind: 'dropSequence', sequence }] });
  }

  #newId(): SequenceId {
    return sequenceId(Buffer.from(this.#parts.random.bytes(16)).toString('hex'));
  }

  /** A sequence whose plan is up to date, and what serves it. */
  #planned(event: Pick<CoordinatorEvents['fork'], 'sequence' | 'tenant' | 'epoch'>) {
    const sequence = this.#all.get(event.sequence, event.tenant);
    const serving = this.#serving(sequence.namespace);
    this.#checkEpoch(event.epoch);
    return { sequence, serving };
  }

  #checkEpoch(given: Epoch): void {
    const { epoch } = this.#parts.membership;
    if (given === epoch) return;
    throw new KvError(
      'stale',
      `the plan is of epoch ${given}, the cluster is in epoch ${epoch}: ask for a new plan`,
      { context: { epoch } },
    );
  }

  /** @throws KvError as `servingOf`. */
  #serving(namespace: string): Serving {
    return servingOf(this.#parts.membership, namespace);
  }

  #keep(serving: Serving, sequence: Sequence): PlannedSequence {
    this.#parts.emit({ kind: 'store', changes: [{ kind: 'putSequence', sequence }] });
    return this.#answer(serving, sequence);
  }

  #answer(serving: Serving, sequence: Sequence): PlannedSequence {
    const { membership, cached } = this.#parts;
    const { id, blocks, tokens } = sequence;
    const plan: Plan = { sequence: id, epoch: membership.epoch, stages: stagePlans(serving.members) };
    // The last token is always computed: its logits are what the client is after.
    const limit = Math.max(0, Math.ceil(tokens / serving.geometry.blockTokens) - 1);
    return { plan, cachedBlocks: cached(serving, blocks, limit), tokens, maxTokens: tokensMax(sequence) };
  }
}

/** The ticket of one that does not wait; others count from 0. */
const unnamed = -1;

/** @throws KvError `invalid` for more tokens than the longest context that is served. */
function checkLength({ maxTokens }: Serving, tokens: number): void {
  if (maxTokens === null || tokens <= maxTokens) return;
  throw new KvError(
    'invalid',
    `a sequence of up to ${tokens} tokens is past the longest context of this namespace, ${maxTokens} tokens: give less`,
    { context: { maxTokens } },
  );
}
