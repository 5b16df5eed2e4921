import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Kvtide } from '../e2e/runKvtide.js';

const readySchema = z.object({
  address: z.string(),
  workers: z.array(z.object({ id: z.string(), pid: z.number(), address: z.string() })),
});

export interface UpCluster {
  /** host:port of the coordinator. */
  readonly address: string;
  readonly workers: readonly { readonly id: string; readonly pid: number; readonly address: string }[];
  /** What it said so far. */
  readonly said: () => string;
  stop(): Promise<void>;
}

/** `kvtide up` with the given arguments, as real processes, on a port of its own. */
export async function upCluster(args: readonly string[]): Promise<UpCluster> {
  const up = new Kvtide(['up', ...args, '--listen', '127.0.0.1:0', '--json']);
  const stop = async () => {
    up.process.kill('SIGTERM');
    await up.finished();
    up.dispose();
  };
  try {
    await up.says('"address"');
    const { address, workers } = readySchema.parse(JSON.parse(up.stdout.split('\n')[0]!));
    return { address, workers, said: () => up.stderr, stop };
  } catch (thrown) {
    up.dispose();
    throw thrown;
  }
}

/** A page store for the pages of `config`, which is written to a file of its own. */
export async function upStore(
  folder: string,
  config: Readonly<Record<string, unknown>>,
  args: readonly string[] = [],
): Promise<UpCluster> {
  const path = join(folder, 'store.json');
  writeFileSync(path, JSON.stringify(config));
  return upCluster(['--kv-config', path, ...args]);
}
