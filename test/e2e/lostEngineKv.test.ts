import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { type AttentionSession, KvClient, KvError } from '../../src/client/kvClient.js';
import { attendAlone, attendShape, attendTo } from './attendEngine.js';
import { startFleet } from './fleet.js';

const folder = mkdtempSync(join(tmpdir(), 'kvtide-lost-kv-'));
const config = join(folder, 'kv.json');
writeFileSync(config, JSON.stringify(attendShape));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const flags = ['--kv-config', config, '--device-bytes', '192KiB', '--pinned-bytes', '256KiB'];
const tokens = Array.from({ length: 100 }, (_, at) => at);
const before = 70;

/** As an engine does: tries again until the cluster is whole. */
async function openAgain(client: KvClient): Promise<AttentionSession> {
  for (;;) {
    try {
      return await client.attention.open({ tokens });
    } catch (thrown) {
      if (KvError.from(thrown).kind !== 'unavailable' && KvError.from(thrown).kind !== 'stale') throw thrown;
      await pause(50);
    }
  }
}

it('KV of an engine that is lost with its worker is named, and appended again', async () => {
  const fleet = await startFleet({ stages: 2, workers: 2, flags });
  const client = await KvClient.connect(fleet.address);
  try {
    const wanted = (
      await attendAlone(
        client,
        tokens.map((token) => token + 1e6),
        8,
      )
    ).answers; // values go by position
    const session = await client.attention.open({ tokens });
    await attendTo(session, tokens.slice(0, before), 8);
    const victim = fleet.workers[1]!;
    victim.kill();
    const error = await attendTo(session, tokens, 8).then(() => null, KvError.from);
    expect(error).toMatchObject({
      kind: 'unavailable',
      context: { worker: victim.id, layersFrom: 2, layersTo: 4 },
    });
    expect(error?.context.lostTokens).toBe(session.length);
    expect(error?.message).toContain(`KV of ${session.length} tokens in layers 2 to 3 may be lost`);
    await session.close();
    await fleet.start(1);
    const next = await openAgain(client);
    expect(next.cachedTokens).toBe(0);
    const { answers } = await attendTo(next, tokens, 8);
    expect(answers.size).toBe(wanted.size);
    for (const [name, answer] of answers) expect(answer, name).toEqual(wanted.get(name));
    await next.close();
  } finally {
    await client.close();
    fleet.dispose();
  }
}, 120_000);
