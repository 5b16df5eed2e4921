import { describe, expect, it } from 'vitest';
import { demoReportSchema } from '../../src/cli/demoReport.js';
import { isAlive, Kvtide } from './runKvtide.js';

describe('kvtide demo', { timeout: 300_000 }, () => {
  it('proves what it says, moves pages through every tier, and leaves nothing', async () => {
    const run = new Kvtide(['demo', '--short', '--json']);
    try {
      const { stdout, code } = await run.finished();
      expect(code).toBe(0);
      const report = demoReportSchema.parse(JSON.parse(stdout));
      expect(report.proofs).toMatchObject({ hotSameBits: true, noCacheSameTokens: true });
      expect(report.proofs.noCacheSlowdown).toBeGreaterThan(1);
      expect(report.moved.pinned.loadedPages).toBeGreaterThan(0);
      expect(report.moved.disk.loadedPages).toBeGreaterThan(0);
      expect(report.pids).toHaveLength(6);
      expect(report.pids.filter(isAlive)).toEqual([]);
      expect(run.leftovers()).toEqual([]);
    } finally {
      run.dispose();
    }
  });
});
