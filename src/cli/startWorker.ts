import { join } from 'node:path';
import { KvError } from '../core/errors.js';
import type { Geometry } from '../core/geometry.js';
import type { LineSink } from '../core/ports/lineSink.js';
import type { Network } from '../core/ports/network.js';
import type { PageLink } from '../core/ports/pageLink.js';
import type { TenantGate } from '../core/tenantGate.js';
import { DelayThread } from '../device/delayThread.js';
import { LinkDouble } from '../device/linkDouble.js';
import { loadRetention } from '../lab/loadRetention.js';
import { policyFolder } from '../lab/policyFolder.js';
import { Board } from '../memory/board.js';
import { holdCollectorRoom } from '../memory/collectorRoom.js';
import { MappedSlab } from '../memory/mappedSlab.js';
import { systemClock } from '../observe/systemClock.js';
import { defaultAdmission } from '../policy/admissionPolicies.js';
import { defaultPlacement } from '../policy/placementPolicies.js';
import { guardedNetwork } from '../rpc/guardedNetwork.js';
import type { ServerGates } from '../rpc/serverGates.js';
import { type DiskCompression, diskCodecs } from '../tiers/codec/diskCodecs.js';
import { ExtentDisk } from '../tiers/extentDisk.js';
import { copyLink } from '../transfer/copyLink.js';
import { defaultLaneLimits } from '../transfer/laneLimits.js';
import { ComputeThread } from '../worker/computeThread.js';
import type { WorkerLaneOptions } from '../worker/workerLanes.js';
import { defaultWorkerLimits } from '../worker/workerLimits.js';
import type { ComputeParts, WorkerObserver } from '../worker/workerParts.js';
import { WorkerServer } from '../worker/workerServer.js';
import { collectorRoomOf } from './checkMemoryLimit.js';
import { attentionThreadsOf, threadsOf } from './clusterArguments.js';
import { readServed } from './modelInput.js';
import { lockPinned, makePinned } from './pinnedMemory.js';
import { flagOf, type SettingName, type Settings } from './settings.js';
import { workerNameIn } from './workerName.js';

export interface WorkerPlace {
  /** A folder that is this worker's alone. */
  readonly folder: string;
  readonly listen: string;
  /** host:port of `/metrics`, or an empty text. */
  readonly metricsAddress: string;
  readonly observer: WorkerObserver;
  readonly network: Network;
  /** What protects its lanes. */
  readonly lanes: Pick<WorkerLaneOptions, 'certificates' | 'security'>;
  readonly record?: LineSink;
  /** Whom it serves; null for everybody. */
  readonly tenants: TenantGate | null;
  /** Of all calls to this process. */
  readonly gates: ServerGates;
}

/** What a worker is given of what `kvtide sim` may sweep. @throws KvError `invalid` for more than one name. */
function onlyName<N>(setting: SettingName, names: readonly N[] = []): N | undefined {
  if (names.length <= 1) return names[0];
  throw new KvError('invalid', `${flagOf(setting)} wants one name here, not ${names.length}`);
}

/** A worker of real parts: gRPC, mapped memory, LMDB and, where something is computed, a compute thread. @throws KvError as `WorkerServer`. */
export async function startWorker(settings: Settings, place: WorkerPlace): Promise<WorkerServer> {
  const { coordinator, stage = -1, residency, retention, verify } = settings;
  if (coordinator === undefined) throw new KvError('invalid', '--coordinator is missing; give its HOST:PORT');
  const { shape, model } = readServed(settings);
  const { observer, tenants } = place;
  const retain = { name: retention, make: await loadRetention(retention) };
  const loadPolicy = policyFolder(settings.policyDir);
  holdCollectorRoom(collectorRoomOf(settings), systemClock);
  return await WorkerServer.start(
    {
      coordinator,
      worker: workerNameIn(place.folder),
      listen: place.listen,
      stage,
      budgetBytes: {
        device: shape.attention === null ? 0 : settings.deviceBytes,
        pinned: settings.pinnedBytes,
        disk: settings.diskBytes,
      },
      pinnedDtype: settings.pinnedDtype,
      diskCompression: diskCompressionOf(settings, shape.geometry),
      residency,
      retention: retain,
      admission: onlyName('admission', settings.admission) ?? defaultAdmission,
      placement: onlyName('placement', settings.placement) ?? defaultPlacement,
      shadows: settings.shadow ?? [],
      ...(settings.prefetch === undefined ? {} : { prefetch: settings.prefetch }),
      verify,
      lanes: {
        allowed: settings.lanes,
        insecureNetwork: settings.insecureNetwork,
        limits: defaultLaneLimits,
        ...place.lanes,
      },
      metricsAddress: place.metricsAddress,
      limits: defaultWorkerLimits,
    },
    {
      network: tenants === null ? place.network : guardedNetwork(place.network, tenants),
      pageGate: place.gates.lines.page,
      clock: systemClock,
      pid: process.pid,
      shape,
      compute: shape.attention === null ? null : computeOf(settings, model, shape.attention.heads),
      makeSlab: (sizeBytes) => MappedSlab.create(sizeBytes),
      makePinned,
      lockPages: (slab) => lockPinned(slab, observer),
      disk: new ExtentDisk(join(place.folder, 'pages')),
      link: linkOf(settings),
      observer,
      loadPolicy,
      ...(tenants === null ? {} : { tenants }),
      ...(place.record === undefined ? {} : { record: place.record }),
    },
  );
}

/** @throws KvError as `diskCodecs`, before anything is started. */
function diskCompressionOf(settings: Settings, geometry: Geometry): DiskCompression {
  const compression = { dtype: settings.diskDtype, packing: settings.diskCodec };
  diskCodecs(compression, geometry, settings.pinnedDtype);
  return compression;
}

/** A copy, unless a double of a copy engine is asked for. */
function linkOf({ linkBandwidth, linkLatencyUs }: Settings): PageLink {
  if (linkBandwidth === undefined) return copyLink;
  const delays = new DelayThread();
  return new LinkDouble({
    bytesPerSecond: linkBandwidth,
    latencyUs: linkLatencyUs,
    clock: systemClock,
    after: (delayMs, fire) => delays.after(delayMs, fire),
  });
}

function computeOf(settings: Settings, model: string | null, heads: number): ComputeParts {
  const threads = threadsOf(settings);
  const attentionThreads = attentionThreadsOf(settings);
  return {
    open: (stage) => ComputeThread.start({ ...stage, model, heads, threads, attentionThreads }),
    makeBoard: (entries) => Board.create(entries),
  };
}
