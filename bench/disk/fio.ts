import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pageBytes } from '../../src/core/geometry.js';
import { benchGeometry, depth } from './diskSizes.js';

const run = promisify(execFile);
const gigabyte = 1e9;
const pageBytes_ = pageBytes(benchGeometry);

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

/** fio with direct I/O on one file of its own: the rate of the medium. */
export class Fio {
  readonly #program: string;
  readonly #folder: string;
  readonly #pages: number;
  readonly #signal: AbortSignal;

  constructor(program: string, folder: string, pages: number, signal: AbortSignal) {
    this.#program = program;
    this.#folder = folder;
    this.#pages = pages;
    this.#signal = signal;
  }

  /** Moves every page of the file once. */
  async round(kind: 'write' | 'randread'): Promise<Readonly<Record<string, number>>> {
    const { stdout } = await run(
      this.#program,
      [
        '--name=pages',
        `--filename=${join(this.#folder, 'fio.dat')}`,
        `--size=${this.#pages * pageBytes_}`,
        `--bs=${pageBytes_}`,
        `--iodepth=${depth}`,
        `--rw=${kind}`,
        '--direct=1',
        '--ioengine=libaio',
        '--output-format=json',
      ],
      { signal: this.#signal, maxBuffer: 2 ** 24 },
    );
    // Notes may stand before the report.
    const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as FioReport;
    const job = report.jobs[0]!; // one was asked for
    const side = kind === 'write' ? job.write : job.read;
    const gigabytes = side.io_bytes / gigabyte;
    return {
      gigabytesPerSecond: side.bw_bytes / gigabyte,
      cpuMsPerGigabyte: (((job.usr_cpu + job.sys_cpu) / 100) * side.runtime) / gigabytes,
    };
  }
}
