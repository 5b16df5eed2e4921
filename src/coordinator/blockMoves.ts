import { type BlockKey, blockKeyToBytes, packBlockKeys } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import { workerId } from '../core/plan.js';
import type { CallContext, CallOptions, Duplex, Network, Peer } from '../core/ports/network.js';
import { workerEndpoints } from '../rpc/endpoints.js';
import type { MoveBlocksRequest__Output } from '../rpc/gen/kvtide/v1/MoveBlocksRequest.js';
import type { MoveProgress } from '../rpc/gen/kvtide/v1/MoveProgress.js';
import type { CoordinatorMachine } from './coordinatorMachine.js';
import { blockKeysFrom } from './fromWire.js';
import type { Member } from './member.js';
import { servingOf } from './serving.js';

type MoveStream = Duplex<MoveBlocksRequest__Output, MoveProgress>;

/** Block keys in one message to a worker. */
const keysPerMessage = 1024;
/** Pages that one question to a worker names. */
const pagesPerQuestion = 4096;
/** How long a worker may take to answer one question. */
const answerTimeoutMs = 30_000;
/** How long the destination may take to bring to its disk what it has copied. */
const flushTimeoutMs = 120_000;

/** The call MoveBlocks: has one worker fetch blocks from another. The bytes go between the two. */
export class BlockMoves {
  constructor(
    /** Read, never changed here. */
    private readonly machine: CoordinatorMachine,
    private readonly network: Network,
  ) {}

  /**
   * Passes the progress of the copy on; with `migrate` removes from the source what has arrived, or
   * nothing when the destination cannot flush all that it holds.
   * @throws KvError `notFound` for a worker that is not there, `invalid` when the two serve other layers,
   * `unavailable` when one of them goes away, `timedOut` when one does not answer;
   * what the last progress counted has been copied all the same.
   */
  async move(stream: MoveStream, call: CallContext): Promise<void> {
    let run: MoveRun | null = null;
    try {
      for await (const message of stream) {
        run ??= this.begin(message, stream, call);
        const blocks = blockKeysFrom(message.blocks);
        await run.add(blocks.length > 0 || run.isBegun ? blocks : this.heldBy(run.from));
      }
      if (run === null)
        throw new KvError('invalid', 'a move begins with a message that says from where to where');
      await run.end();
    } finally {
      run?.close();
    }
  }

  private begin(message: MoveBlocksRequest__Output, stream: MoveStream, call: CallContext): MoveRun {
    const { namespace, migrate } = message;
    servingOf(this.machine.membership, namespace);
    const [from, to] = [this.readyMember(message.from), this.readyMember(message.to)];
    if (from.worker === to.worker) {
      throw new KvError(
        'invalid',
        `blocks of worker "${from.worker}" cannot move to itself: name two workers`,
      );
    }
    if (from.layers.from !== to.layers.from || from.layers.to !== to.layers.to) {
      throw new KvError(
        'invalid',
        `worker "${from.worker}" has ${layersOf(from)} and worker "${to.worker}" has ${layersOf(to)}: ` +
          'blocks move between workers of the same layers',
      );
    }
    const { tenant, requestId, signal } = call;
    const peers = { from: this.network.dial(from.address), to: this.network.dial(to.address) };
    return new MoveRun({ namespace, from, to, migrate }, peers, stream, { tenant, requestId, signal });
  }

  private readyMember(name: string): Member {
    const id = workerId(name);
    const member = this.machine.membership.members().find(({ worker }) => worker === id);
    if (member === undefined) {
      throw new KvError('notFound', `there is no worker "${name}" in the cluster; kvtide status lists them`);
    }
    if (member.state === 'ready') return member;
    throw new KvError('unavailable', `worker "${name}" is ${member.state}; wait until it is ready`);
  }

  private heldBy({ worker }: Member): BlockKey[] {
    return [...this.machine.index.blocksOf(worker)];
  }
}

interface Move {
  readonly namespace: string;
  readonly from: Member;
  readonly to: Member;
  readonly migrate: boolean;
}

/** One move, from the first message to the last. */
class MoveRun {
  readonly from: Member;
  /** Whether it was told of blocks. */
  isBegun = false;
  private readonly blocks: BlockKey[] = [];
  private readonly copy;
  private readonly relayed: Promise<void>;
  private last: MoveProgress = {};

  constructor(
    private readonly move: Move,
    private readonly peers: { readonly from: Peer; readonly to: Peer },
    private readonly stream: MoveStream,
    private readonly call: CallOptions,
  ) {
    this.from = move.from;
    this.copy = peers.to.stream(workerEndpoints.copyBlocks, call);
    this.relayed = this.relay();
    this.relayed.catch(() => {}); // `end` reports it
  }

  async add(blocks: readonly BlockKey[]): Promise<void> {
    this.isBegun = true;
    const { namespace, from, migrate } = this.move;
    // Also without blocks: the first message says from where.
    for (let start = 0; start === 0 || start < blocks.length; start += keysPerMessage) {
      const some = blocks.slice(start, start + keysPerMessage);
      if (migrate) this.blocks.push(...some);
      const message = { namespace, source: from.worker, address: from.address, blocks: packBlockKeys(some) };
      await Promise.race([this.copy.send(message), this.relayed]);
    }
  }

  async end(): Promise<void> {
    this.copy.end();
    await this.relayed;
    let pagesRemoved = 0;
    if (this.move.migrate) {
      // What the source forgets has to outlive the destination's process.
      const { unflushedPages } = await this.peers.to.request(
        workerEndpoints.flush,
        {},
        { ...this.call, timeoutMs: flushTimeoutMs },
      );
      for (const some of unflushedPages > 0 ? [] : this.batches()) {
        pagesRemoved += await this.removeArrived(some);
        await this.stream.send({ ...this.last, pagesRemoved, done: false });
      }
    }
    await this.stream.send({ ...this.last, pagesRemoved, done: true });
  }

  close(): void {
    this.copy.fail(new KvError('cancelled', 'the move has ended'));
    this.peers.from.close();
    this.peers.to.close();
  }

  private async relay(): Promise<void> {
    for await (const { done: _copied, ...progress } of this.copy) {
      this.last = progress;
      await this.stream.send({ ...progress, pagesRemoved: 0, done: false });
    }
  }

  private *batches(): Generator<readonly BlockKey[]> {
    const { from, to } = this.move.from.layers;
    const blocksEach = Math.max(1, Math.floor(pagesPerQuestion / (to - from)));
    for (let start = 0; start < this.blocks.length; start += blocksEach)
      yield this.blocks.slice(start, start + blocksEach);
  }

  /**
   * Removes from the source the blocks of which the destination has every page that the source has. A page
   * put at the source between the two requests goes with its block: it is missing then, and never wrong.
   */
  private async removeArrived(blocks: readonly BlockKey[]): Promise<number> {
    const { namespace, from } = this.move;
    const layers = Array.from(
      { length: from.layers.to - from.layers.from },
      (_, at) => from.layers.from + at,
    );
    const pages = blocks.flatMap((block) => {
      const key = blockKeyToBytes(block);
      return layers.map((layer) => ({ block: key, layer }));
    });
    const options = { ...this.call, timeoutMs: answerTimeoutMs };
    const [there, here] = await Promise.all(
      [this.peers.from, this.peers.to].map((peer) =>
        peer.request(workerEndpoints.hasPages, { namespace, pages }, options),
      ),
    );
    const arrived = blocks.filter((_, at) =>
      layers.every((_layer, layer) => {
        const page = at * layers.length + layer;
        return there?.has[page] !== true || here?.has[page] === true;
      }),
    );
    const answer = await this.peers.from.request(
      workerEndpoints.removeBlocks,
      { namespace, blocks: packBlockKeys(arrived) },
      options,
    );
    return answer.removedPages;
  }
}

function layersOf({ layers }: Member): string {
  return `layers ${layers.from} to ${layers.to - 1}`;
}
