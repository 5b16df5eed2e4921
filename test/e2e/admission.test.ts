import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../../src/cli/exitCode.js';
import { KvClient } from '../../src/client/kvClient.js';
import { type UpCluster, upCluster } from '../support/upCluster.js';
import { Kvtide } from './runKvtide.js';

const model = 'models/tiny-dts';
/** Three growing pages of 128 KiB and the least staging: a stage has room for one sequence at a time. */
const oneSequence = ['--device-bytes', '896KiB', '--pinned-bytes', '1MiB', '--disk-bytes', '16MiB'];

let cluster: UpCluster;
let folder: string;
const prompt = ['--model', model, '--prompt', 'export interface '];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kvtide-test-'));
  cluster = await upCluster(['--model', model, ...oneSequence, '--admission-wait-ms', '120000']);
}, 180_000);
afterAll(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('admission to a cluster', { timeout: 180_000 }, () => {
  it('lets a second sequence wait until the first has ended', async () => {
    const client = await KvClient.connect(cluster.address);
    const { plan } = await client.sequences.create([], 1);
    const run = new Kvtide([
      ...['generate', ...prompt, '--max-tokens', '4', '--cluster', cluster.address, '--json'],
      ...['--deadline-ms', '120000'],
    ]);
    try {
      await run.says('waiting for room: with a sequence of up to');
      for (;;) {
        const { admission } = await client.status();
        expect(admission.stages.map(({ sequences }) => sequences)).toEqual([1, 1]);
        if (admission.waiting === 1) break;
      }
      await client.sequences.release(plan.sequence);
      const { code, stdout, stderr } = await run.finished();
      expect(stderr).toContain('device of the worker that leads it has 384 KiB');
      expect(code).toBe(0);
      expect(JSON.parse(stdout).tokens).toHaveLength(4);
    } finally {
      run.dispose();
      await client.close();
    }
  });

  it('refuses a sequence that it could never hold, and one past the longest context, in one line each', async () => {
    const tokens = join(folder, 'tokens.json');
    writeFileSync(tokens, '[1, 2, 3]');
    const refusal = async (args: readonly string[]) => {
      const run = new Kvtide(['generate', ...args, '--cluster', cluster.address]);
      const finished = await run.finished();
      run.dispose();
      return finished;
    };
    const never = await refusal([...prompt, '--max-tokens', '900000']);
    expect(never.code).toBe(exitCodes.exhausted);
    expect(never.stderr).toMatch(
      /^[^\n]*a sequence of up to \d+ tokens needs [\d.]+ MiB \(\d+ bytes\) of live KV in stage 0 \(layers 0 to 2\), whose workers hold [^\n]*: ask for fewer tokens[^\n]*\n$/,
    );
    // Without the model at hand only the cluster knows how long a context may be.
    const longest = await refusal(['--tokens-file', tokens, '--max-tokens', '1048576']);
    expect(longest.code).toBe(exitCodes.invalid);
    expect(longest.stderr).toMatch(
      /^[^\n]*past the longest context of this namespace, 1048576 tokens[^\n]*\n$/,
    );
  });

  it('shows in status what is admitted and who waits', async () => {
    const run = new Kvtide(['status', '--cluster', cluster.address]);
    const { stdout, code } = await run.finished();
    run.dispose();
    expect(code).toBe(0);
    expect(stdout).toMatch(/stage 0: 0 B of \S+ MiB admitted to 0 sequences/);
    expect(stdout).toContain('0 sequences wait for room');
  });
});
