import { parentPort, workerData } from 'node:worker_threads';
import { KvError } from '../core/errors.js';
import type { MergedNode } from '../device/mergeTree.js';
import { PagePlanes } from '../device/pagePlanes.js';
import { Board } from '../memory/board.js';
import { MappedSlab } from '../memory/mappedSlab.js';
import { Checkpoint } from '../model/checkpoint.js';
import { LayerRunner } from '../model/layerRunner.js';
import { digestTensors } from '../model/tensorDigests.js';
import { AskedPeers } from './askedPeers.js';
import { BoardPages } from './boardPages.js';
import type { ComputeAnswer, ComputeDone, LogitsWanted, TopLogits } from './compute.js';
import type { AttendMessage, ComputeStart, FromCompute, JobMessage, ToCompute } from './computeMessages.js';
import { thrownError, thrownMessage } from './thrownMessage.js';
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

function sayFailed(thrown: unknown): void {
  say({ kind: 'failed', error: thrownMessage(thrown) });
}

const peers = new AskedPeers(say);

async function load() {
  const checkpoint = Checkpoint.open(start.model);
  try {
    const planes = new PagePlanes(slab, start.geometry);
    const { geometry, range: layers, threads, attentionThreads } = start;
    const runner = await LayerRunner.open({
      model: checkpoint,
      geometry,
      layers,
      planes,
      threads,
      attentionThreads,
    });
    return { runner, digests: digestTensors(checkpoint, layers) };
  } finally {
    checkpoint.close();
  }
}

async function runJob(runner: LayerRunner, job: JobMessage): Promise<ComputeDone> {
  const startedMs = performance.now();
  const pages = new BoardPages({ ...job, range: start.range, board: new Board(job.board) });
  const { position, tokens, hidden, logits } = job;
  const output = await runner.step(
    { position, tokens, hidden, output: wantedOutput(logits) },
    pages,
    job.hasPeers
      ? { attend: (layer, queries) => peers.attend(layer, queries), waited: (ms) => pages.waited('peer', ms) }
      : null,
  );
  let answer: ComputeAnswer;
  if (output.kind !== 'logits') answer = output;
  else if (logits === null) answer = { kind: 'none' };
  else answer = { kind: 'logits', positions: topOfEach(output.logits, logits, tokens.length) };
  const { stallMs, stalls } = pages;
  return { answer, elapsedMs: performance.now() - startedMs, stallMs, stalls };
}

function topOfEach(logits: Float32Array, wanted: LogitsWanted, tokens: number): TopLogits[] {
  const count = wanted.everyPosition ? tokens : 1;
  const width = logits.length / count;
  return Array.from({ length: count }, (_, at) =>
    topLogits(logits.subarray(at * width, (at + 1) * width), wanted),
  );
}

async function attend(runner: LayerRunner, job: AttendMessage): Promise<MergedNode[]> {
  const { layer, queries, blocks, board } = job;
  const pages = new BoardPages({
    range: { from: layer, to: layer + 1 },
    board: new Board(board),
    tails: new Int32Array(0),
    layerStarts: Int32Array.of(0, blocks.length),
    blocks,
  });
  const merged = await runner.attend(layer, queries, pages);
  // A view would cross with all of the buffer behind it, which the runner keeps.
  return merged.map(({ o, lse, ...node }) => ({ ...node, o: o.slice(), lse: lse.slice() }));
}

try {
  const { runner, digests } = await load();
  port.on('message', (message: ToCompute) => {
    if (message.kind === 'stop') {
      slab.close();
      port.close();
      return;
    }
    switch (message.kind) {
      case 'job':
        runJob(runner, message.job).then((done) => say({ kind: 'done', done }), sayFailed);
        break;
      case 'attend':
        attend(runner, message.job).then((nodes) => say({ kind: 'attended', nodes }), sayFailed);
        break;
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
  sayFailed(thrown);
  slab.close();
  port.close();
}
