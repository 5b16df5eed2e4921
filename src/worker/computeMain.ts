import { parentPort, workerData } from 'node:worker_threads';
import { KvError } from '../core/errors.js';
import { PagePlanes } from '../device/pagePlanes.js';
import { Board } from '../memory/board.js';
import { MappedSlab } from '../memory/mappedSlab.js';
import { Checkpoint } from '../model/checkpoint.js';
import { LayerRunner } from '../model/layerRunner.js';
import { digestTensors } from '../model/tensorDigests.js';
import { BoardPages } from './boardPages.js';
import type { ComputeAnswer, ComputeDone } from './compute.js';
import type { ComputeStart, FromCompute, JobMessage, ToCompute } from './computeMessages.js';
import { topLogits } from './topLogits.js';

// The entry of the compute thread: owns the sessions of ONNX Runtime, whose runs block their thread.

const port = parentPort;
if (port === null) throw new KvError('internal', 'computeMain runs only as a thread of a worker');
const start = workerData as ComputeStart;
const slab = MappedSlab.attach(start.device);

function say(message: FromCompute): void {
  port?.postMessage(message);
}

function sayFailed(thrown: unknown): void {
  const { kind, message, context } = KvError.from(thrown);
  say({ kind: 'failed', error: { errorKind: kind, message, context } });
}

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
    { position, tokens, hidden, output: logits === null ? 'none' : 'logits' },
    pages,
  );
  let answer: ComputeAnswer;
  if (output.kind !== 'logits') answer = output;
  else if (logits === null) answer = { kind: 'none' };
  else answer = { kind: 'logits', top: topLogits(output.logits, logits) };
  return { answer, elapsedMs: performance.now() - startedMs, stallMs: pages.stallMs };
}

try {
  const { runner, digests } = await load();
  port.on('message', (message: ToCompute) => {
    if (message.kind === 'stop') {
      slab.close();
      port.close();
      return;
    }
    runJob(runner, message.job).then((done) => say({ kind: 'done', done }), sayFailed);
  });
  say({ kind: 'started', digests });
} catch (thrown) {
  sayFailed(thrown);
  slab.close();
  port.close();
}
