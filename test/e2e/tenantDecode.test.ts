import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { longCase, writeTokens } from '../support/goldenCases.js';
import { type UpCluster, upCluster } from '../support/upCluster.js';
import { Kvtide } from './runKvtide.js';

const model = 'test/fixtures/golden/smollm3-hybrid';
const prompt = longCase(model).promptTokens;
const blockTokens = 32;
const folder = mkdtempSync(join(tmpdir(), 'kvtide-tenant-decode-'));
let cluster: UpCluster;

beforeAll(async () => {
  const path = join(folder, 'tenants.yaml');
  writeFileSync(join(folder, 'a.secret'), 'the secret of tenant a');
  writeFileSync(join(folder, 'b.secret'), 'the secret of tenant b');
  writeFileSync(path, 'tenants:\n  a: { secretFile: a.secret }\n  b: { secretFile: b.secret }\n');
  const flags = ['--model', model, '--stages', '2', '--block-tokens', `${blockTokens}`];
  cluster = await upCluster([...flags, '--tenants-file', path]);
}, 60_000);
afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function generate(tenant: string, secret: string, tokens: readonly number[]) {
  const run = new Kvtide([
    ...['generate', '--cluster', cluster.address, '--model', model, '--tokens-file', writeTokens(tokens)],
    ...['--max-tokens', '40', '--tenant', tenant, '--tenant-secret-file', join(folder, secret), '--json'],
  ]);
  try {
    const { code, stdout, stderr } = await run.finished();
    return { code, stderr, report: code === 0 ? JSON.parse(stdout) : null };
  } finally {
    run.dispose();
  }
}

describe('decoding in a cluster with a tenants file', { timeout: 120_000 }, () => {
  it('finds what the same tenant has computed, prompt and answer, and nothing of another', async () => {
    const first = await generate('a', 'a.secret', prompt);
    expect(first).toMatchObject({ code: 0, report: { cachedTokens: 0 } });
    const { tokens } = first.report;
    const longer = [...prompt, ...tokens, ...prompt.slice(0, 9)];
    const second = await generate('a', 'a.secret', longer);
    const known = prompt.length + tokens.length - 1;
    expect(second.report.cachedTokens).toBe(Math.floor(known / blockTokens) * blockTokens);
    const other = await generate('b', 'b.secret', longer);
    expect(other.report).toMatchObject({ cachedTokens: 0, tokens: second.report.tokens });
  });

  it('refuses a client whose secret is not the tenant’s in one clear line', async () => {
    const wrong = await generate('a', 'b.secret', prompt);
    expect([wrong.code, wrong.stderr.trim().split('\n').at(-1)]).toEqual([
      14,
      expect.stringContaining('a block key is not one of tenant "a"'),
    ]);
  });
});
