import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pageBytes } from '../../src/core/geometry.js';
import { benchGeometry, depth } from './diskSizes.js';

const run = promisify(execFile);
const gigabyte = 1e9;
const benchPageBytes = pageBytes(benchGeometry);

/** The part of fio's report that is read here. */
interface FioSide {
  readonly io_bytes: number;
  readonly bw_bytes: number;
  readonly runtime: number;
}

interface FioReport {
  readonly jobs: readonly {
    readonly read: FioSide;
    readonly write: FioSide;
    readonly usr_cpu: number;
    readonly sys_cpu: number;
  }[];
}

export interface FioShape {
  readonly pageBytes: number;
  /** Reads or writes under way at once, in each job. */
  readonly depth: number;
  /** Processes, each with its part of the file; one where nothing is said. */
  readonly jobs?: number;
}

/** fio with direct I/O on one file of its own: the rate of the medium. */
export class Fio {
  readonly #program: string;
  readonly #folder: string;
  readonly #pages: number;
  readonly #signal: AbortSignal;
  readonly #shape: FioShape;

  constructor(
    program: string,
    folder: string,
    pages: number,
    signal: AbortSignal,
    shape: FioShape = { pageBytes: benchPageBytes, depth },
  ) {
    this.#program = program;
    this.#folder = folder;
    this.#pages = pages;
    this.#signal = signal;
    this.#shape = shape;
  }

  /** Moves every page of the file once. */
  async round(kind: 'write' | 'read' | 'randread'): Promise<Readonly<Record<string, number>>> {
    const { pageBytes, depth, jobs = 1 } = this.#shape;
    const partBytes = Math.floor(this.#pages / jobs) * pageBytes;
    const { stdout } = await run(
      this.#program,
      [
        '--name=pages',
        `--filename=${join(this.#folder, 'fio.dat')}`,
        `--size=${this.#pages * pageBytes}`,
        `--bs=${pageBytes}`,
        `--iodepth=${depth}`,
        `--numjobs=${jobs}`,
        ...(jobs > 1 ? [`--offset_increment=${partBytes}`, `--io_size=${partBytes}`] : []),
        '--group_reporting',
        `--rw=${kind}`,
        '--direct=1',
        '--ioengine=libaio',
        '--output-format=json',
      ],
      { signal: this.#signal, maxBuffer: 2 ** 24 },
    );
    // Notes may stand before the report.
    const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as FioReport;
    const job = report.jobs[0]!; // one group was asked for
    const side = kind === 'write' ? job.write : job.read;
    const gigabytes = side.io_bytes / gigabyte;
    const gigabytesPerSecond = side.bw_bytes / gigabyte;
    if (jobs > 1) return { gigabytesPerSecond };
    return {
      gigabytesPerSecond,
      cpuMsPerGigabyte: (((job.usr_cpu + job.sys_cpu) / 100) * side.runtime) / gigabytes,
    };
  }
}
