import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../src/cli/readSettings.js';

const folder = mkdtempSync(join(tmpdir(), 'kvtide-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const yaml = join(folder, 'kvtide.yaml');
writeFileSync(yaml, 'stages: 3\ndeviceBytes: 4MiB\nignoreEos: true\nthreads: 5\n');
const json = join(folder, 'kvtide.json');
writeFileSync(json, '{"stages": 4}');

describe('settings', () => {
  it('have the defaults of the issue', async () => {
    expect(await readSettings({ flags: {}, environment: {} })).toMatchObject({
      stages: 2,
      deviceBytes: 2_097_152,
      pinnedBytes: 6_291_456,
      diskBytes: 1_073_741_824,
      blockTokens: 256,
      kvDtype: 'f32',
      residency: 'fixed',
      retention: 'lru',
      temperature: 0,
      ignoreEos: false,
    });
  });

  it('come from a file, unless the environment says otherwise, unless a flag does', async () => {
    const stages = async (flags: object, environment: Record<string, string>): Promise<number> =>
      (await readSettings({ flags: { ...flags }, environment })).stages;
    expect(await stages({ config: yaml }, {})).toBe(3);
    expect(await stages({ config: yaml }, { KVTIDE_STAGES: '5' })).toBe(5);
    expect(await stages({ config: yaml, stages: '6' }, { KVTIDE_STAGES: '5' })).toBe(6);
    expect(await stages({}, { KVTIDE_CONFIG: json })).toBe(4);
    expect(await stages({ config: yaml }, { KVTIDE_CONFIG: json })).toBe(3);
  });

  it('are read alike from each place', async () => {
    const settings = await readSettings({
      flags: { config: yaml, pinnedBytes: '1.5MiB' },
      environment: { KVTIDE_DISK_BYTES: '10MB', KVTIDE_INSECURE_NETWORK: 'true' },
    });
    expect(settings).toMatchObject({
      deviceBytes: 4_194_304,
      pinnedBytes: 1_572_864,
      diskBytes: 10_000_000,
      ignoreEos: true,
      insecureNetwork: true,
      threads: 5,
    });
  });

  it('name the place of a wrong value', async () => {
    const environment = { KVTIDE_DEVICE_BYTES: 'much' };
    await expect(readSettings({ flags: {}, environment })).rejects.toThrow(
      /^KVTIDE_DEVICE_BYTES: "much" is not a size/,
    );
  });
});
