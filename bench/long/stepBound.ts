import { availableParallelism } from 'node:os';

/** What a step is made of, each measured in the same run. */
export interface StepPieces {
  /** Wall clock and processor time of a step with everything hot, of all workers and the client. */
  readonly hotMs: number;
  readonly hotCpuMs: number;
  /** Bytes that a step brings to the device, by tier. */
  readonly pinnedBytes: number;
  readonly diskBytes: number;
  readonly rates: ColdRates;
}

/** What bringing cold bytes costs where nothing else runs. */
export interface ColdRates {
  /** A copy within one process. */
  readonly pinnedCpuMsPerGigabyte: number;
  /** The disk tier's cold read, checksums verified. */
  readonly diskCpuMsPerGigabyte: number;
  readonly diskGigabytesPerSecond: number;
}

const gigabyte = 1e9;

/**
 * The least time that the step can take here: every core busy with what has to be computed and moved, or the
 * disk with what it delivers.
 */
export function stepBoundMs(pieces: StepPieces, cores = availableParallelism()): number {
  const { hotMs, hotCpuMs, pinnedBytes, diskBytes, rates } = pieces;
  const coldCpuMs =
    (pinnedBytes * rates.pinnedCpuMsPerGigabyte + diskBytes * rates.diskCpuMsPerGigabyte) / gigabyte;
  const diskMs = diskBytes / gigabyte / rates.diskGigabytesPerSecond;
  return Math.max(hotMs, diskMs * 1e3, (hotCpuMs + coldCpuMs) / cores);
}
