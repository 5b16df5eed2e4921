import { KvError } from '../core/errors.js';
import { pageBytes } from '../core/geometry.js';
import type { NamespaceId } from '../core/namespace.js';
import { type Binding, type NetworkServer, onRequest, onStream } from '../core/ports/network.js';
import { PagePlanes } from '../device/pagePlanes.js';
import type { Slab } from '../memory/slab.js';
import { workerEndpoints } from '../rpc/endpoints.js';
import { geometryMessage } from '../rpc/geometryMessage.js';
import { checkDeviceBytes } from '../tiers/leastDeviceBytes.js';
import { openTierStack } from '../tiers/openTierStack.js';
import type { TierStack } from '../tiers/tierStack.js';
import type { Compute } from './compute.js';
import { type Assignment, CoordinatorLink } from './coordinatorLink.js';
import { DecodeCall } from './decodeCall.js';
import { PageCalls } from './pageCalls.js';
import { SequenceHost } from './sequenceHost.js';
import { statsOf } from './statsCall.js';
import { StepRunner } from './stepRunner.js';
import { StepTotals } from './stepTotals.js';
import type { WorkerOptions, WorkerParts } from './workerParts.js';

/** All that exists once the layers are loaded and the pages are found. */
interface Serving {
  readonly host: SequenceHost;
  readonly stack: TierStack;
  readonly compute: Compute;
  readonly pages: PageCalls;
  readonly slabs: readonly Slab[];
}

/** A worker: joins the coordinator, loads its layers, and serves sequences until it is closed. */
export class WorkerServer {
  readonly #options: WorkerOptions;
  readonly #parts: WorkerParts;
  readonly #totals = new StepTotals();
  readonly #started: Promise<Serving>;
  readonly #server: NetworkServer;
  readonly #link: CoordinatorLink;
  #assignment: Assignment | null = null;

  private constructor(options: WorkerOptions, parts: WorkerParts, server: NetworkServer, late: LateServing) {
    this.#options = options;
    this.#parts = parts;
    this.#server = server;
    this.#link = this.#makeLink();
    this.#started = this.#begin();
    this.#started.then(late.resolve, late.reject);
  }

  /**
   * Listens, joins, loads and opens.
   * @throws KvError when the address, the model, the budgets or the data folder cannot be used, or when the
   * coordinator does not answer or refuses; everything that was opened is closed again.
   */
  static async start(options: WorkerOptions, parts: WorkerParts): Promise<WorkerServer> {
    const late = lateServing();
    const server = await parts.network.serve(options.listen, bindings(late.serving, parts.pid, options));
    const worker = new WorkerServer(options, parts, server, late);
    try {
      await worker.#started;
      return worker;
    } catch (thrown) {
      await worker.close();
      throw thrown;
    }
  }

  get address(): string {
    return this.#server.address;
  }

  /** What the coordinator gave this worker. */
  get assignment(): Assignment {
    if (this.#assignment === null) throw new KvError('internal', 'the worker has not joined yet');
    return this.#assignment;
  }

  /** Leaves, lets calls end, writes what is not on disk yet, and frees everything. */
  async close(): Promise<void> {
    const { limits } = this.#options;
    await this.#link.close();
    await this.#server.close(limits.drainTimeoutMs);
    const serving = await this.#started.catch(() => null);
    if (serving === null) return;
    await serving.host.idle();
    serving.host.hangUp();
    await this.#within(limits.flushTimeoutMs, serving.stack.close());
    await serving.compute.close();
    for (const slab of serving.slabs) slab.close();
  }

  #makeLink(): CoordinatorLink {
    const { coordinator, limits, stage, budgetBytes, metricsAddress } = this.#options;
    const { network, clock, pid, shape, observer } = this.#parts;
    return new CoordinatorLink({
      network,
      clock,
      limits,
      coordinator,
      registration: {
        address: this.#server.address,
        pid,
        geometry: geometryMessage(shape.geometry),
        configJson: shape.configJson,
        stage,
        budgetBytes,
        metricsAddress,
      },
      warn: (message, error) => observer.warn?.(message, { ...error.context, error: error.message }),
    });
  }

  async #begin(): Promise<Serving> {
    const assignment = await this.#link.join();
    this.#assignment = assignment;
    const { geometry } = this.#parts.shape;
    checkDeviceBytes(geometry, assignment.range, this.#options.budgetBytes.device);
    const slabs: Slab[] = [];
    let compute: Compute | null = null;
    try {
      const device = this.#parts.makeSlab(
        deviceSlabBytes(this.#options.budgetBytes.device, pageBytes(geometry)),
      );
      slabs.push(device);
      const { model, threads, attentionThreads } = this.#options;
      compute = await this.#parts.openCompute({
        model,
        geometry,
        range: assignment.range,
        device,
        threads,
        attentionThreads,
      });
      const namespace = await this.#link.ready(compute.digests);
      const serving = await this.#open(namespace, assignment, compute, device, slabs);
      await this.#link.serve(serving.stack, compute.digests);
      return serving;
    } catch (thrown) {
      await compute?.close();
      for (const slab of slabs) slab.close();
      throw thrown;
    }
  }

  async #open(
    namespace: NamespaceId,
    { worker, range }: Assignment,
    compute: Compute,
    device: Slab,
    slabs: Slab[],
  ): Promise<Serving> {
    const { network, clock, shape, disk, observer, makeBoard } = this.#parts;
    const { budgetBytes, residency, retention, verify, limits } = this.#options;
    const { geometry } = shape;
    let pinned: Slab | null = null;
    if (budgetBytes.pinned > 0) {
      pinned = this.#parts.makeSlab(budgetBytes.pinned);
      slabs.push(pinned);
      this.#parts.lockPages(pinned);
    }
    const stack = await openTierStack({
      geometry,
      layers: range,
      namespace,
      clock,
      device: new PagePlanes(device, geometry),
      pinned,
      disk: { disk, budgetBytes: budgetBytes.disk },
      residency,
      retention,
      verify,
      hooks: observer,
    });
    const runner = new StepRunner({ stack, compute, clock, pageBytes: pageBytes(geometry), makeBoard });
    const host = new SequenceHost({
      worker,
      geometry,
      range,
      namespace,
      stack,
      runner,
      network,
      openSequencesMax: limits.openSequencesMax,
      epoch: () => this.#assignment?.epoch ?? 0,
      stepped: (outcome) => {
        this.#totals.add(outcome);
        observer.stepped?.(outcome);
      },
      totals: this.#totals,
    });
    observer.serving?.({ tiers: () => stack.stats(), openSequences: () => host.openSequences });
    return { host, stack, compute, pages: new PageCalls(stack, namespace, range), slabs };
  }

  async #within(timeoutMs: number, work: Promise<void>): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const cancel = this.#parts.clock.setTimer(timeoutMs, () => {
        this.#parts.observer.warn?.('pages were not all written to disk in time', { timeoutMs });
        resolve();
      });
      work.then(resolve, reject).finally(cancel);
    });
  }
}

/** The host's kernels read whole pages only: what is left of the budget stays unused. */
function deviceSlabBytes(budgetBytes: number, page: number): number {
  return Math.floor(budgetBytes / page) * page;
}

interface LateServing {
  readonly serving: Promise<Serving>;
  resolve(serving: Serving): void;
  reject(error: unknown): void;
}

/** The server has to listen before the worker can join, so its calls wait for what comes after. */
function lateServing(): LateServing {
  const late: Partial<LateServing> = {};
  const serving = new Promise<Serving>((resolve, reject) => Object.assign(late, { resolve, reject }));
  serving.catch(() => {}); // `start` reports it
  return Object.assign(late, { serving }) as LateServing;
}

function bindings(serving: Promise<Serving>, pid: number, { limits }: WorkerOptions): Binding[] {
  return [
    onStream(workerEndpoints.decode, async (stream, call) => {
      const { host } = await serving;
      await new DecodeCall(host, stream, call, limits.queuedStepsMax).run();
    }),
    onStream(workerEndpoints.putPages, async (stream) => (await serving).pages.put(stream)),
    onStream(workerEndpoints.getPages, async (stream) => (await serving).pages.get(stream)),
    onRequest(workerEndpoints.explain, async (request) => (await serving).pages.explain(request)),
    onRequest(workerEndpoints.stats, async () => {
      const { host, stack } = await serving;
      return statsOf(host, stack, pid);
    }),
  ];
}
