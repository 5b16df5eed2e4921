import { afterEach, describe, expect, it } from 'vitest';
import { addGateMetrics } from '../../src/observe/gateMetrics.js';
import { Metrics } from '../../src/observe/metrics.js';
import { type MetricsServer, serveMetrics } from '../../src/observe/metricsServer.js';
import { ServerGates } from '../../src/rpc/serverGates.js';

describe('beside /metrics', () => {
  let server: MetricsServer | null = null;
  afterEach(() => server?.close());

  it('/readyz says whether it serves, and /healthz that it lives', async () => {
    let isReady = false;
    server = await serveMetrics(new Metrics(), { isReady: () => isReady });
    const status = async (path: string) => (await fetch(`http://${server?.address}${path}`)).status;
    expect(await status('/readyz')).toBe(503);
    expect(await status('/healthz')).toBe(200);
    isReady = true;
    expect(await status('/readyz')).toBe(200);
    expect(await status('/else')).toBe(404);
  });

  it('/healthz says so when the event loop stood still', async () => {
    server = await serveMetrics(new Metrics());
    const status = async () => (await fetch(`http://${server?.address}/healthz`)).status;
    expect(await status()).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 50)); // the delay is sampled from then on
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_300);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await status()).toBe(503);
    expect(await status()).toBe(200);
  });

  it('the gates count what they refuse', async () => {
    const metrics = new Metrics();
    const gates = new ServerGates();
    addGateMetrics(metrics, () => gates.figures());
    gates.lines.page.squeeze(true);
    gates.lines.page.enter({ client: 'a', leftMs: 1, signal: new AbortController().signal });
    expect(await metrics.text()).toContain('kvtide_calls_refused_total{class="page"} 1');
  });
});
