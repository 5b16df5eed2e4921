import { describe, expect, it } from 'vitest';
import type { RetentionFactory } from '../../src/policy/policy.js';
import type { PolicyEvent } from '../../src/policy/policyEvent.js';
import {
  type RetentionPolicyName,
  retentionPolicies,
  retentionPolicyNames,
} from '../../src/policy/retentionPolicies.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import type { PageHandle } from '../../src/tiers/pageHandle.js';
import type { PageRequest } from '../../src/tiers/pageRequest.js';
import type { TierStack } from '../../src/tiers/tierStack.js';
import { replayEvents } from '../policy/replayEvents.js';
import { idOf, newDisk, openStack } from './stackFixtures.js';
import { blockKeyOf, bytesOf } from './tierFixtures.js';

const factories = new Map<string, RetentionFactory>(Object.entries(retentionPolicies));
const factoryOf = (name: string) => factories.get(name) ?? retentionPolicies.lru;

/** Requests over prefixes of a few chains: what is here is held, what is not is computed and sealed. */
async function serve(
  requests: number,
  seed: number,
  retention: RetentionPolicyName = 'lru',
): Promise<readonly string[]> {
  const lines: string[] = [];
  const record = { write: (line: string) => lines.push(line) > 0 };
  const under = await openStack({ device: 8, pinned: 6, disk: 14 }, newDisk(), { record, retention });
  const random = new SimulatedRandom(seed);
  for (let number = 0; number < requests; number += 1) {
    if (number === requests / 2) await under.stack.setPolicy('retention', 'fifo');
    const chain = Array.from(
      { length: random.integer(1, 3) },
      (_, depth) => 10 * random.integer(0, 9) + depth,
    );
    await serveOne(under, chain);
  }
  await under.stack.close();
  return lines;
}

async function serveOne(
  under: Awaited<ReturnType<typeof openStack>>,
  chain: readonly number[],
): Promise<void> {
  const { stack, device } = under;
  const request = stack.request('prefill', () => chain.map(blockKeyOf));
  const handles: PageHandle[] = [];
  for (const [depth, block] of chain.entries()) {
    handles.push(await pageOf(stack, device, block, depth, request));
    request.stepped(16 * (depth + 1), true);
  }
  for (const handle of handles.reverse()) stack.letGo(handle);
  stack.ended(request);
  await stack.flush();
}

async function pageOf(
  stack: TierStack,
  device: Awaited<ReturnType<typeof openStack>>['device'],
  block: number,
  depth: number,
  request: PageRequest,
): Promise<PageHandle> {
  const held = stack.hold(idOf(block), request);
  if (held.kind === 'held') return held.handle;
  const tail = await stack.takeTail(0);
  if (tail.kind === 'full') throw new Error(`the ${tail.tier} tier is full`);
  const { k, v } = bytesOf(block, 0);
  device.page(tail.slot).k.set(k);
  device.page(tail.slot).v.set(v);
  return stack.seal(tail.slot, idOf(block), depth, request).handle;
}

const eventsOf = (lines: readonly string[]): PolicyEvent[] =>
  lines.map((line) => JSON.parse(line)).filter((value) => 'event' in value);

describe('a recording', () => {
  it.each([1, 2, 3])(
    'replays to the same victims in every tier, over a change of policy (seed %i)',
    async (seed) => {
      const events = eventsOf(await serve(120, seed));
      expect(events.filter((one) => one.event === 'made').map((one) => one.name)).toEqual([
        'lru',
        'lru',
        'fifo',
        'fifo',
      ]);
      const replay = replayEvents(events, factoryOf);
      expect(replay.differing).toBe(0);
      expect(replay.evictions).toBeGreaterThan(60);
    },
  );

  it.each(retentionPolicyNames)('replays to the same victims whatever the policy (%s)', async (name) => {
    const replay = replayEvents(eventsOf(await serve(60, 5, name)), factoryOf);
    expect(replay.differing).toBe(0);
    expect(replay.evictions).toBeGreaterThan(20);
  });

  it('shows where a policy decides otherwise', async () => {
    const events = eventsOf(await serve(120, 1));
    const swapped = replayEvents(events, (name) => factoryOf(name === 'lru' ? 'fifo' : 'lru'));
    expect(swapped.differing).toBeGreaterThan(10);
  });

  it('says what it is in its first line, and has a line for each request with its blocks as dense numbers', async () => {
    const [first, ...lines] = (await serve(40, 1)).map((line) => JSON.parse(line));
    expect(first).toEqual({ kvtide: 'trace', version: 1, blockTokens: 16, namespace: 'a'.repeat(16) });
    const requests = lines.filter((line) => !('event' in line));
    expect(requests).toHaveLength(40);
    let highest = -1;
    let before = 0;
    for (const { timestamp, kind, input_length: input, output_length: output, hash_ids: ids } of requests) {
      expect({ kind, output }).toEqual({ kind: 'prefill', output: 0 });
      expect(input).toBe(16 * ids.length);
      expect(timestamp).toBeGreaterThanOrEqual(before);
      before = timestamp;
      for (const id of ids) {
        expect(id).toBeLessThanOrEqual(highest + 1);
        highest = Math.max(highest, id);
      }
    }
  });

  it('tells of a block what its request and its prefix say', async () => {
    const events = eventsOf(await serve(60, 4));
    const inserted = events.flatMap((one) => (one.event === 'insert' ? [one] : []));
    for (const { depth, parent, tokens, layer, kind, request, requestTokens } of inserted) {
      expect({ tokens, layer, kind }).toEqual({ tokens: 16, layer: -1, kind: 'prefill' });
      expect(parent >= 0).toBe(depth > 0);
      expect(request).toBeGreaterThan(0);
      expect(requestTokens).toBeGreaterThanOrEqual(0);
    }
    expect(inserted.length).toBeGreaterThan(30);
  });
});
