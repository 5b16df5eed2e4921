import { afterEach, describe, expect, it } from 'vitest';
import type { ShadowFigures } from '../../src/core/shadowFigures.js';
import { noStalls } from '../../src/core/stallCause.js';
import { CoordinatorMetrics } from '../../src/observe/coordinatorMetrics.js';
import { Metrics } from '../../src/observe/metrics.js';
import { type MetricsServer, serveMetrics } from '../../src/observe/metricsServer.js';
import { type TierFigures, WorkerMetrics } from '../../src/observe/workerMetrics.js';

function tier(hits: number): TierFigures {
  return {
    tier: 'disk',
    budgetBytes: 4096,
    usedBytes: 1024,
    pages: 2,
    hits,
    misses: 5,
    corrupt: 1,
    failed: 0,
    evicted: 4,
  };
}

const prefetched = { figures: { broughtBytes: 96, usedBytes: 64, unusedBytes: 16 } };
const noPolicies = { policies: () => [], prefetched, shadowFigures: () => null };

const shadows: ShadowFigures = {
  rate: 0.5,
  capacityBlocks: 100,
  uses: 40,
  liveHits: 10,
  policies: [{ name: 'fifo', hits: 7, failed: false }],
  missRatios: [{ capacityBlocks: 200, missRatio: 0.25 }],
  window: { uses: 40, liveHits: 10, optimumHits: 16 },
  seconds: 0.5,
};

describe('worker metrics', () => {
  it('tell which policies there are, and what those beside them would have hit', async () => {
    const metrics = new Metrics();
    const policies = () => [{ tier: 'disk', kind: 'retention', name: 'lru', failures: 2 }];
    new WorkerMetrics(metrics).serving({
      tiers: () => [],
      openSequences: () => 0,
      lanes: null,
      policies: { policies, prefetched, shadowFigures: () => shadows },
    });
    const text = await metrics.text();
    expect(text).toContain('kvtide_policy{tier="disk",kind="retention",policy="lru"} 1');
    expect(text).toContain('kvtide_policy_failures_total{tier="disk"} 2');
    expect(text).toContain('kvtide_prefetched_bytes_total{outcome="brought"} 96');
    expect(text).toContain('kvtide_prefetched_bytes_total{outcome="used"} 64');
    expect(text).toContain('kvtide_prefetched_bytes_total{outcome="unused"} 16');
    expect(text).toContain('kvtide_shadow_seconds_total 0.5');
    expect(text).toContain('kvtide_shadow_uses_total 40');
    expect(text).toContain('kvtide_shadow_hits_total{policy="live"} 10');
    expect(text).toContain('kvtide_shadow_hits_total{policy="fifo"} 7');
    expect(text).toContain('kvtide_miss_ratio{blocks="200"} 0.25');
    expect(text).toContain('kvtide_retention_regret_ratio 0.375');
  });

  it('count steps, loads and stores', async () => {
    const metrics = new Metrics();
    const worker = new WorkerMetrics(metrics);
    const reads = { attended: { bytes: 512 }, skipped: { bytes: 1024 } };
    worker.stepped('decode', { elapsedMs: 20, stalls: { ...noStalls(), disk: 5 }, ...reads });
    worker.stepped('decode', { elapsedMs: 40, stalls: { ...noStalls(), disk: 7, queue: 2 }, ...reads });
    worker.loaded('disk', 512, 2);
    worker.stored('pinned', 256);
    const text = await metrics.text();
    expect(text).toContain('kvtide_step_seconds_sum{phase="decode"} 0.06');
    expect(text).toContain('kvtide_stall_seconds_total{cause="disk"} 0.012');
    expect(text).toContain('kvtide_attention_bytes_total{outcome="attended"} 1024');
    expect(text).toContain('kvtide_attention_bytes_total{outcome="skipped"} 2048');
    expect(text).toContain('kvtide_stall_seconds_total{cause="queue"} 0.002');
    expect(text).toContain('kvtide_load_seconds_bucket{le="0.003",tier="disk"} 1');
    expect(text).toContain('kvtide_loaded_bytes_total{tier="disk"} 512');
    expect(text).toContain('kvtide_stored_pages_total{tier="pinned"} 1');
  });

  it('read the totals of the tiers at every scrape, without adding them twice', async () => {
    const metrics = new Metrics();
    let hits = 3;
    new WorkerMetrics(metrics).serving({
      tiers: () => [tier(hits)],
      openSequences: () => 9,
      lanes: null,
      policies: noPolicies,
    });
    expect(await metrics.text()).toContain('kvtide_page_hits_total{tier="disk"} 3');
    hits = 10;
    const text = await metrics.text();
    expect(text).toContain('kvtide_page_hits_total{tier="disk"} 10');
    expect(text).toContain('kvtide_page_misses_total{tier="disk",cause="absent"} 5');
    expect(text).toContain('kvtide_page_misses_total{tier="disk",cause="corrupt"} 1');
    expect(text).toContain('kvtide_page_evictions_total{tier="disk"} 4');
    expect(text).toContain('kvtide_tier_used_bytes{tier="disk"} 1024');
    expect(text).toContain('kvtide_open_sequences 9');
  });
});

describe('lane metrics', () => {
  const lane = (peer: string, kind = 'shm', lentSlots = 0) => ({ peer, kind, lentSlots });
  const total = { kind: 'shm', connections: 2, outPages: 3, outBytes: 300, inPages: 1, inBytes: 100 };

  it('tell what lanes moved, who is connected how, and what is lent', async () => {
    const metrics = new Metrics();
    const lanes = {
      totals: () => [total],
      lanes: () => [lane('a', 'shm', 2), lane('b', 'tcp'), lane('a', 'shm', 3)],
    };
    new WorkerMetrics(metrics).serving({
      tiers: () => [],
      openSequences: () => 0,
      lanes,
      policies: noPolicies,
    });
    await metrics.text();
    const text = await metrics.text();
    expect(text).toContain('kvtide_lane_bytes_total{kind="shm",direction="out"} 300');
    expect(text).toContain('kvtide_lane_bytes_total{kind="shm",direction="in"} 100');
    expect(text).toContain('kvtide_lane_pages_total{kind="shm",direction="out"} 3');
    expect(text).toContain('kvtide_lane_connections{kind="shm"} 2');
    expect(text).toContain('kvtide_lane_peer{peer="a",kind="shm"} 2');
    expect(text).toContain('kvtide_lane_peer{peer="b",kind="tcp"} 1');
    expect(text).toContain('kvtide_lent_slots 5');
  });

  it('have a bounded number of peers', async () => {
    const metrics = new Metrics();
    const many = Array.from({ length: 200 }, (_, at) => lane(`client-${at}`));
    const lanes = { totals: () => [], lanes: () => many };
    new WorkerMetrics(metrics).serving({
      tiers: () => [],
      openSequences: () => 0,
      lanes,
      policies: noPolicies,
    });
    const text = await metrics.text();
    expect(text.match(/^kvtide_lane_peer\{/gm)).toHaveLength(65);
    expect(text).toContain('kvtide_lane_peer{peer="other",kind="shm"} 136');
  });
});

describe('coordinator metrics', () => {
  it('tell workers by state, lookups by outcome, and losses by cause', async () => {
    const metrics = new Metrics();
    const coordinator = new CoordinatorMetrics(metrics);
    coordinator.lookedUp(10, 4);
    coordinator.lookedUp(3, 0);
    coordinator.workerLost('lease');
    coordinator.refused('never');
    const workers = [{ state: 'ready' }, { state: 'ready' }, { state: 'lost' }];
    coordinator.serving(() => ({
      epoch: 5,
      sequences: 1,
      pinnedBlocks: 2,
      indexedBlocks: 3,
      workers,
      waiting: 4,
      stages: [
        { stage: 0, admittedBytes: 10, budgetBytes: 30 },
        { stage: 1, admittedBytes: 20, budgetBytes: Number.POSITIVE_INFINITY },
      ],
    }));
    const text = await metrics.text();
    expect(text).toContain('kvtide_lookups_total{outcome="miss"} 1');
    expect(text).toContain('kvtide_lookup_blocks_total{outcome="hit"} 4');
    expect(text).toContain('kvtide_lookup_blocks_total{outcome="miss"} 9');
    expect(text).toContain('kvtide_workers{state="ready"} 2');
    expect(text).toContain('kvtide_worker_losses_total{cause="lease"} 1');
    expect(text).toContain('kvtide_admission_refusals_total{cause="never"} 1');
    expect(text).toContain('kvtide_admission_waiting 4');
    expect(text).toContain('kvtide_admitted_bytes{stage="1"} 20');
    expect(text).toContain('kvtide_admission_budget_bytes{stage="0"} 30');
    expect(text).toContain('kvtide_admission_budget_bytes{stage="1"} +Inf');
  });
});

describe('names of metrics', () => {
  it('follow the Prometheus conventions', async () => {
    const metrics = new Metrics();
    new WorkerMetrics(metrics).serving({
      tiers: () => [],
      openSequences: () => 0,
      lanes: { totals: () => [], lanes: () => [] },
      policies: { policies: () => [], prefetched, shadowFigures: () => shadows },
    });
    new CoordinatorMetrics(metrics).serving(() => ({
      epoch: 0,
      sequences: 0,
      pinnedBlocks: 0,
      indexedBlocks: 0,
      workers: [],
      waiting: 0,
      stages: [],
    }));
    const types = [...(await metrics.text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    expect(types.length).toBeGreaterThan(15);
    for (const [, name, type] of types) {
      expect(name).toMatch(/^kvtide_[a-z_]+$/);
      expect(name?.endsWith('_total')).toBe(type === 'counter');
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    }
  });
});

describe('serveMetrics', () => {
  const servers: MetricsServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  it('answers GET /metrics on a free loopback port, and nothing else', async () => {
    const metrics = new Metrics();
    metrics.addProcessMetrics();
    const server = await serveMetrics(metrics);
    servers.push(server);
    expect(server.address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
    const answer = await fetch(`http://${server.address}/metrics`);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(await answer.text()).toContain('process_resident_memory_bytes');
    expect((await fetch(`http://${server.address}/`)).status).toBe(404);
    const port = Number(server.address.split(':')[1]);
    await expect(serveMetrics(metrics, { port })).rejects.toMatchObject({ kind: 'conflict' });
  });
});
