import { parentPort, workerData } from 'node:worker_threads';
import { KvError } from '../core/errors.js';
import type { TensorDigest } from '../core/namespace.js';
import { addedStalls, sumOfStalls } from '../core/stallCause.js';
import { thrownError, thrownMessage } from '../core/thrownMessage.js';
import type { MergedNode } from '../device/mergeTree.js';
import { PagePlanes } from '../device/pagePlanes.js';
import { Board } from '../memory/board.js';
import { MappedSlab } from '../memory/mappedSlab.js';
import { MassSheet } from '../memory/massSheet.js';
import { Checkpoint } from '../model/checkpoint.js';
import type { LayerLane } from '../model/layerLane.js';
import { LayerRunner } from '../model/layerRunner.js';
import type { StepOutput } from '../model/stepTypes.js';
import { digestTensors } from '../model/tensorDigests.js';
import { ApproximateStep, KnownBounds } from './approximateStep.js';
import { AskedPeers } from './askedPeers.js';
import { BoardPages, type BoardTurn } from './boardPages.js';
import type { ComputeAnswer, ComputeDone, ComputeLane, LogitsWanted, TopLogits } from './compute.js';
import type {
  AttendMessage,
  ComputeStart,
  FromCompute,
  JobMessage,
  PartMessage,
  ToCompute,
} from './computeMessages.js';
import { KernelTurns } from './kernelTurns.js';
import { ThreadAttention } from './threadAttention.js';
import { topLogits } from './topLogits.js';
import { wantedOutput } from './wantedOutput.js';

// The entry of the compute thread: owns the sessions of ONNX Runtime, whose runs block their thread.

const port = parentPort;
if (port === null) throw new KvError('internal', 'computeMain runs only as a thread of a worker');
const start = workerData as ComputeStart;
const slab = MappedSlab.attach(start.device);

function say(message: FromCompute): void {
  port?.postMessage(message);
}

const peers = new AskedPeers(say);
const turns = new KernelTurns(() => performance.now());

function boardTurn(lane: ComputeLane): BoardTurn {
  return { isAlone: () => turns.isAlone(lane), idle: turns.turnOf(lane).idle };
}

type Lanes = Readonly<Record<ComputeLane, LayerLane>>;

const planes = new PagePlanes(slab, start.geometry);
const known = new KnownBounds(start.geometry, start.range, planes);
const attention = new ThreadAttention({ start, planes, peers, turns, known, boardTurn });

/** Without a model there are no layers. */
async function load(): Promise<{ lanes: Lanes | null; digests: readonly TensorDigest[] }> {
  if (start.model === null) return { lanes: null, digests: [] };
  const checkpoint = Checkpoint.open(start.model);
  try {
    const { geometry, range: layers, threads, attentionThreads } = start;
    const runner = await LayerRunner.open({
      model: checkpoint,
      geometry,
      layers,
      planes,
      threads,
      attentionThreads,
    });
    const lanes: Lanes = {
      decode: runner.lane(turns.turnOf('decode')),
      prefill: runner.lane(turns.turnOf('prefill')),
    };
    return { lanes, digests: digestTensors(checkpoint, layers) };
  } finally {
    checkpoint.close();
  }
}

async function runJob(
  lanes: Lanes | null,
  id: number,
  { lane, parts, blocks, board, sheet }: JobMessage,
): Promise<ComputeDone> {
  if (lanes === null) {
    throw new KvError('unsupported', 'this cluster computes attention and no model: use attend mode');
  }
  const startedMs = performance.now();
  const shared = {
    range: start.range,
    board: new Board(board),
    sheet: sheet && new MassSheet(sheet),
    blocks,
    turn: boardTurn(lane),
  };
  const approximate = parts.map(
    ({ approximation }) => approximation && new ApproximateStep(approximation, known),
  );
  const pages = parts.map(
    (part, at) => new BoardPages({ ...shared, ...part, approximate: approximate[at]! }),
  );
  const outputs = await lanes[lane].step(
    parts.map(({ position, tokens, hidden, logits, hasPeers }, at) => ({
      input: { position, tokens, hidden, output: wantedOutput(logits) },
      pages: pages[at]!,
      peers: hasPeers ? { ...peers.of(id, at), waited: (ms) => pages[at]!.waited('peer', ms) } : null,
    })),
  );
  for (const some of pages) some.weigh();
  const stalls = addedStalls(pages.map((some) => some.stalls));
  const answers = outputs.map((output, at) => answerOf(output, parts[at]!));
  const done = parts.map(
    ({ position, tails, tokens }, at) => approximate[at]?.done(tails, position + tokens.length) ?? null,
  );
  const elapsedMs = performance.now() - startedMs;
  return { answers, elapsedMs, stallMs: sumOfStalls(stalls), stalls, approximate: done };
}

function answerOf(output: StepOutput, { logits, tokens }: PartMessage): ComputeAnswer {
  if (output.kind !== 'logits') return output;
  if (logits === null) return { kind: 'none' };
  return { kind: 'logits', positions: topOfEach(output.logits, logits, tokens.length) };
}

function topOfEach(logits: Float32Array, wanted: LogitsWanted, tokens: number): TopLogits[] {
  const count = wanted.everyPosition ? tokens : 1;
  const width = logits.length / count;
  return Array.from({ length: count }, (_, at) =>
    topLogits(logits.subarray(at * width, (at + 1) * width), wanted),
  );
}

async function attend(lanes: Lanes | null, job: AttendMessage): Promise<MergedNode[]> {
  const { lane, layer, queries, blocks, board } = job;
  const pages = new BoardPages({
    range: { from: layer, to: layer + 1 },
    board: new Board(board),
    tails: new Int32Array(0),
    entries: Int32Array.of(0, blocks.length),
    blocks,
    turn: boardTurn(lane),
  });
  const merged =
    lanes === null
      ? await (await attention.lanes())[lane].attendSealed(layer, queries, pages)
      : await lanes[lane].attend(layer, queries, pages);
  // A view would cross with all of the buffer behind it, which the lane keeps.
  return merged.map(({ o, lse, ...node }) => ({ ...node, o: o.slice(), lse: lse.slice() }));
}

/** Does a lane's job, and says how it ended. */
async function inLane(lane: ComputeLane, id: number, job: () => Promise<FromCompute>): Promise<void> {
  turns.enter(lane);
  let said: FromCompute;
  try {
    said = await job();
  } catch (thrown) {
    said = { kind: 'failed', id, error: thrownMessage(thrown) };
  }
  turns.leave(lane);
  say(said);
}

try {
  const { lanes, digests } = await load();
  port.on('message', (message: ToCompute) => {
    switch (message.kind) {
      case 'stop':
        slab.close();
        port.close();
        break;
      case 'job': {
        const { id, job } = message;
        void inLane(job.lane, id, async () => ({ kind: 'done', id, done: await runJob(lanes, id, job) }));
        break;
      }
      case 'attend': {
        const { id, job } = message;
        void inLane(job.lane, id, async () => ({ kind: 'attended', id, nodes: await attend(lanes, job) }));
        break;
      }
      case 'attention': {
        const { id, job } = message;
        const run = async () => ({ kind: 'attention', id, done: await attention.run(id, job) }) as const;
        void inLane(job.lane, id, run);
        break;
      }
      case 'merged':
        peers.answered(message.question, message.nodes);
        break;
      case 'mergeFailed':
        peers.failed(message.question, thrownError(message.error));
        break;
    }
  });
  say({ kind: 'started', digests });
} catch (thrown) {
  say({ kind: 'notStarted', error: thrownMessage(thrown) });
  slab.close();
  port.close();
}
