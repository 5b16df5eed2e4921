import { availableParallelism } from 'node:os';
import { KvError } from '../core/errors.js';
import { flagOf, type SettingName, type Settings } from './settings.js';
import { tlsSettings } from './tlsSettings.js';

interface MemberFolder {
  readonly dataDir: string;
  readonly ephemeral: boolean;
}

interface WorkerPlace extends MemberFolder {
  readonly stage: number;
  /** host:port of the coordinator. */
  readonly coordinator: string;
}

const anyLoopbackPort = '127.0.0.1:0';

/** @throws KvError `invalid` when the stages would not all have as many. */
export function workersPerStage({ stages, workers = stages }: Settings): number {
  if (workers % stages === 0) return workers / stages;
  throw new KvError(
    'invalid',
    `--workers ${workers} with --stages ${stages}: give a multiple, so that each stage has as many workers`,
  );
}

/** Compute threads of each worker where nothing is said: the cores, shared. */
export function threadsOf({ threads, stages, workers = stages }: Settings): number {
  return threads ?? Math.max(1, Math.floor(availableParallelism() / workers));
}

/** Threads of attention in a decode step: the stages of a sequence take turns, so each may have all cores. */
export function attentionThreadsOf({ threads, attentionThreads }: Settings): number {
  return attentionThreads ?? threads ?? availableParallelism();
}

/** The command line of an embedded coordinator. */
export function coordinatorArguments(settings: Settings, folder: MemberFolder): string[] {
  // Its warnings are about workers, whose end the command that started them tells itself.
  const logLevel = settings.logLevel === 'warn' ? 'error' : settings.logLevel;
  return [
    'coordinator',
    ...flags({ ...settings, logLevel }, [
      'stages',
      'workers',
      'leaseMs',
      'admissionWaitMs',
      'admissionQueue',
      'tenantsFile',
      'memoryLimit',
      ...tlsSettings,
      'logLevel',
      'verbose',
    ]),
    ...flags({ ...folder, listen: settings.listen ?? anyLoopbackPort, metricsListen: anyLoopbackPort }),
  ];
}

/** The command line of an embedded worker. */
export function workerArguments(settings: Settings, place: WorkerPlace): string[] {
  return [
    'worker',
    ...flags(settings, [
      'model',
      'kvConfig',
      'deviceBytes',
      'pinnedBytes',
      'diskBytes',
      'pinnedDtype',
      'diskDtype',
      'diskCodec',
      'residency',
      'retention',
      'admission',
      'placement',
      'policyDir',
      'prefetch',
      'shadow',
      'kvDtype',
      'blockTokens',
      'verify',
      'lanes',
      'linkBandwidth',
      'linkLatencyUs',
      'tenantsFile',
      'memoryLimit',
      ...tlsSettings,
      'logLevel',
      'verbose',
    ]),
    ...flags({
      ...place,
      threads: threadsOf(settings),
      attentionThreads: attentionThreadsOf(settings),
      listen: anyLoopbackPort,
      metricsListen: anyLoopbackPort,
    }),
  ];
}

function flags(values: Partial<Settings>, names = Object.keys(values) as SettingName[]): string[] {
  return names.flatMap((name) => {
    const value = values[name];
    if (value === undefined || value === false) return [];
    return value === true ? [flagOf(name)] : [flagOf(name), String(value)];
  });
}
