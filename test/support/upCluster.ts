import { z } from 'zod';
import { Kvtide } from '../e2e/runKvtide.js';

const readySchema = z.object({ address: z.string() });

export interface UpCluster {
  /** host:port of the coordinator. */
  readonly address: string;
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
    const { address } = readySchema.parse(JSON.parse(up.stdout.split('\n')[0]!));
    return { address, stop };
  } catch (thrown) {
    up.dispose();
    throw thrown;
  }
}
