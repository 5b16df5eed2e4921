import { KvError } from '../core/errors.js';
import { type Geometry, pageBytes } from '../core/geometry.js';
import { type Binding, type NetworkServer, onRequest, onStream } from '../core/ports/network.js';
import type { PagePlanes } from '../device/pagePlanes.js';
import { TailWriter } from '../device/tailWriter.js';
import { defaultPrefetch, prefetchPolicies } from '../policy/prefetchPolicies.js';
import { workerEndpoints } from '../rpc/endpoints.js';
import { geometryMessage } from '../rpc/geometryMessage.js';
import { noDiskCompression } from '../tiers/codec/diskCodecs.js';
import type { TierStack } from '../tiers/tierStack.js';
import { workerCapacity } from '../tiers/workerCapacity.js';
import type { AttentionServing } from './attentionCall.js';
import { type Assignment, CoordinatorLink } from './coordinatorLink.js';
import { DecodeCall } from './decodeCall.js';
import { type LateValue, lateValue } from './lateValue.js';
import { LoadedLayers } from './loadedLayers.js';
import type { PageNaming } from './pageNaming.js';
import { SequenceHost } from './sequenceHost.js';
import { ServedPages } from './servedPages.js';
import { setPolicy } from './setPolicyCall.js';
import { statsOf } from './statsCall.js';
import { StepRunner } from './stepRunner.js';
import { StepTotals } from './stepTotals.js';
import type { ComputeParts, ModelShape, WorkerOptions, WorkerParts } from './workerParts.js';

/** All that exists once the layers are loaded and the pages are found. */
interface Serving {
  readonly assignment: Assignment;
  readonly pages: ServedPages;
  readonly steps: ServedSteps | null;
}

/** What only a worker that computes has. */
interface ServedSteps {
  readonly layers: LoadedLayers;
  readonly host: SequenceHost;
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
  #host: SequenceHost | null = null;

  private constructor(
    options: WorkerOptions,
    parts: WorkerParts,
    server: NetworkServer,
    late: LateValue<Serving>,
  ) {
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
    // The server has to listen before the worker can join, so its calls wait for what comes after.
    const late = lateValue<Serving>();
    const server = await parts.network.serve(options.listen, bindings(late.value, parts, options));
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
    const { pages, steps } = serving;
    await steps?.host.idle();
    steps?.host.hangUp();
    const isFlushed = await this.#within(limits.flushTimeoutMs, pages.close());
    await steps?.layers.close();
    if (!isFlushed) return; // what still writes back reads the slabs, which end with the process
    steps?.layers.unmap();
    pages.unmap();
  }

  #makeLink(): CoordinatorLink {
    const { coordinator, limits, worker = '', stage, metricsAddress } = this.#options;
    const { budgetBytes, diskCompression = noDiskCompression, pinnedDtype } = this.#options;
    const { network, clock, pid, shape, observer } = this.#parts;
    return new CoordinatorLink({
      network,
      clock,
      limits,
      coordinator,
      registration: {
        worker,
        address: this.#server.address,
        pid,
        geometry: geometryMessage(shape.geometry),
        configJson: shape.configJson,
        stage,
        budgetBytes,
        metricsAddress,
      },
      served: (range) => ({
        ...workerCapacity(shape.geometry, range, budgetBytes, diskCompression, pinnedDtype),
        maxTokens: shape.maxTokens ?? 0,
      }),
      openSequences: () => this.#host?.sequenceIds ?? [],
      warn: (message, error) => observer.warn?.(message, { ...error.context, error: error.message }),
    });
  }

  async #begin(): Promise<Serving> {
    const assignment = await this.#link.join();
    this.#assignment = assignment;
    const { compute, shape } = this.#parts;
    const layers = compute === null ? null : await this.#load(compute, assignment);
    let pages: ServedPages | null = null;
    try {
      const digests = layers?.digests ?? [];
      const namespace = await this.#link.ready(digests);
      this.#assignment = { ...assignment, epoch: this.#link.epoch }; // it may have joined again
      const { range, worker } = assignment;
      const { address } = this.#server;
      pages = await ServedPages.open(
        { worker, geometry: shape.geometry, range, namespace, device: layers?.planes ?? null, address },
        this.#options,
        this.#parts,
      );
      const { lanes, stack } = pages;
      const host =
        compute === null || layers === null
          ? null
          : this.#makeHost({ compute, layers, naming: pages.naming, stack }, assignment);
      this.#host = host;
      this.#parts.observer.serving?.({
        tiers: () => stack.stats(),
        openSequences: () => host?.openSequences ?? 0,
        lanes: lanes?.traffic ?? null,
        policies: stack,
      });
      await this.#link.serve(stack, digests, host);
      return { assignment, pages, steps: layers === null || host === null ? null : { layers, host } };
    } catch (thrown) {
      await pages?.close();
      await layers?.close();
      layers?.unmap();
      pages?.unmap();
      throw thrown;
    }
  }

  async #load(compute: ComputeParts, { range }: Assignment): Promise<LoadedLayers> {
    const { makeSlab, shape } = this.#parts;
    const { geometry } = shape;
    const deviceBytes = this.#options.budgetBytes.device;
    return await LoadedLayers.load({ compute, geometry, range, deviceBytes, makeSlab });
  }

  #makeHost({ compute, layers, naming, stack }: HostParts, { worker, range }: Assignment): SequenceHost {
    const { network, clock, link, shape, observer } = this.#parts;
    const { geometry } = shape;
    const prefetch = prefetchPolicies[this.#options.prefetch ?? defaultPrefetch]();
    const runner = new StepRunner({
      stack,
      layersAhead: prefetch.layersAhead,
      compute: layers.compute,
      clock,
      pageBytes: pageBytes(geometry),
      memoryCause: link.isInstant ? 'pinned' : 'link',
      makeBoard: compute.makeBoard,
    });
    return new SequenceHost({
      worker,
      geometry,
      range,
      maxTokens: shape.maxTokens ?? Number.POSITIVE_INFINITY,
      naming,
      address: this.#server.address,
      stack,
      prefetch,
      runner,
      clock,
      network,
      openSequencesMax: this.#options.limits.openSequencesMax,
      epoch: () => this.#assignment?.epoch ?? 0,
      stepped: (outcome) => {
        this.#totals.add(outcome);
        observer.stepped?.(outcome);
      },
      totals: this.#totals,
      attention: attentionOf(shape, layers.planes, geometry),
    });
  }

  /** @returns whether the work has ended. */
  async #within(timeoutMs: number, work: Promise<void>): Promise<boolean> {
    return await new Promise<boolean>((resolve, reject) => {
      const cancel = this.#parts.clock.setTimer(timeoutMs, () => {
        this.#parts.observer.warn?.('pages were not all written to disk in time', { timeoutMs });
        resolve(false);
      });
      work.then(() => resolve(true), reject).finally(cancel);
    });
  }
}

interface HostParts {
  readonly compute: ComputeParts;
  readonly layers: LoadedLayers;
  readonly naming: PageNaming;
  readonly stack: TierStack;
}

function bindings(
  serving: Promise<Serving>,
  { link, loadPolicy, pid }: WorkerParts,
  { limits }: WorkerOptions,
): Binding[] {
  return [
    onStream(workerEndpoints.decode, async (stream, call) => {
      const { host } = stepsOf(await serving);
      await new DecodeCall(host, stream, call, limits.queuedStepsMax).run();
    }),
    onStream(workerEndpoints.attend, async (stream, call) => {
      await stepsOf(await serving).host.shards.attend(stream, call);
    }),
    onStream(workerEndpoints.attention, async (stream, call) => {
      await stepsOf(await serving).host.attention(stream, call);
    }),
    onStream(workerEndpoints.putPages, async (stream, call) => (await serving).pages.calls.put(stream, call)),
    onStream(workerEndpoints.getPages, async (stream, call) => (await serving).pages.calls.get(stream, call)),
    onRequest(workerEndpoints.hasPages, async (request) => (await serving).pages.blocks.has(request)),
    onRequest(workerEndpoints.removeBlocks, async (request) => (await serving).pages.blocks.remove(request)),
    onRequest(workerEndpoints.prefetchBlocks, async (request, call) =>
      (await serving).pages.blocks.prefetch(request, call),
    ),
    onRequest(workerEndpoints.flush, async () => (await serving).pages.blocks.flush()),
    onRequest(workerEndpoints.explain, async (request) => (await serving).pages.blocks.explain(request)),
    onRequest(workerEndpoints.openLane, async (request, call) => {
      const { lanes } = (await serving).pages;
      if (lanes === null)
        throw new KvError('unsupported', 'this worker has no lanes; use PutPages and GetPages');
      return lanes.open(request, call);
    }),
    onStream(workerEndpoints.copyBlocks, async (stream, call) => {
      const { copies } = (await serving).pages;
      if (copies === null) throw new KvError('unsupported', 'this worker has no lanes to others');
      await copies.copy(stream, call);
    }),
    onRequest(workerEndpoints.setPolicy, async (request) =>
      setPolicy((await serving).pages.stack, request, loadPolicy),
    ),
    onRequest(workerEndpoints.stats, async () => {
      const { assignment, pages, steps } = await serving;
      return statsOf({ assignment, pages, host: steps?.host ?? null, pid, link });
    }),
  ];
}

function attentionOf(
  { attention }: ModelShape,
  planes: PagePlanes,
  geometry: Geometry,
): AttentionServing | null {
  return attention === null ? null : { ...attention, planes, tail: new TailWriter(planes, geometry) };
}

function stepsOf({ steps }: Serving): ServedSteps {
  if (steps !== null) return steps;
  throw new KvError(
    'unsupported',
    'this worker stores pages and computes nothing: start one with --model, or with heads in --kv-config',
  );
}
