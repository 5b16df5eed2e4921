import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FilledBlock, KvClient } from '../../src/client/kvClient.js';
import { type UpCluster, upCluster } from '../support/upCluster.js';
import { attendAlone, attendShape, attendTo, kOf, pageOf, queries, vOf, worstError } from './attendEngine.js';

const folder = mkdtempSync(join(tmpdir(), 'kvtide-attend-'));
const config = join(folder, 'kv.json');
writeFileSync(config, JSON.stringify(attendShape));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Budgets that keep pages moving: a page has 4 KiB, and 48 fit on the device. */
const small = ['--kv-config', config, '--device-bytes', '192KiB', '--pinned-bytes', '256KiB'];
const { blockTokens } = attendShape;
const layers = attendShape.layers.length;
/** A sequence of its own for each beginning. */
const tokensFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, at) => first * 1e6 + at);

describe('attend mode', () => {
  let up: UpCluster;
  let client: KvClient;
  beforeAll(async () => {
    up = await upCluster([...small, '--stages', '2']);
    client = await KvClient.connect(up.address);
  });
  afterAll(async () => {
    await client.close();
    await up.stop();
  });

  it('is softmax attention, with the same bits for tokens one by one, in chunks, and reused', async () => {
    const count = 150;
    const one = await attendAlone(client, tokensFrom(1, count), 1);
    expect(worstError(one.answers)).toBeLessThan(1e-5);
    expect((await attendAlone(client, tokensFrom(2, count), 16)).answers).toEqual(one.answers);
    expect((await attendAlone(client, tokensFrom(3, count), 7)).answers).toEqual(one.answers);
    const again = await attendAlone(client, tokensFrom(1, count), 5);
    expect(again.cachedTokens).toBe(144);
    for (const [name, answer] of again.answers) expect(answer, name).toEqual(one.answers.get(name));
  });

  it('has the same bits on two workers that share the sequence', async () => {
    const shared = await upCluster([...small, '--stages', '1', '--workers', '2']);
    const other = await KvClient.connect(shared.address);
    try {
      const tokens = tokensFrom(1, 600);
      const apart = await attendAlone(other, tokens, 16);
      // Pieces are handed over while tokens come; by then or when it is opened again some are with the other.
      let { peerPages } = apart;
      for (let tries = 0; peerPages === 0 && tries < 50; tries += 1) {
        const again = await attendAlone(other, tokens, 16);
        ({ peerPages } = again);
        for (const [name, answer] of again.answers) expect(answer, name).toEqual(apart.answers.get(name));
      }
      expect(peerPages).toBeGreaterThan(0);
      expect((await attendAlone(client, tokensFrom(4, 600), 16)).answers).toEqual(apart.answers);
    } finally {
      await other.close();
      await shared.stop();
    }
  });

  it('seals pages as block mode puts them, whether appended or filled in', async () => {
    const [appended, filled] = [tokensFrom(5, 64), tokensFrom(6, 64)];
    await attendAlone(client, appended, 9);
    const session = await client.attention.open({ tokens: [...filled, 1] });
    await session.fill(blocksOf(filled));
    const last = await attendTo(session, [...filled, 1], 1);
    await session.close();
    const wanted = await attendAlone(client, tokensFrom(7, 65), 1);
    for (const [name, answer] of last.answers) expect(answer, name).toEqual(wanted.answers.get(name));
    for (const tokens of [appended, filled]) {
      const keys = await client.blocks.keys(tokens);
      const pages = keys.flatMap((block, index) =>
        Array.from({ length: layers }, (_, layer) => ({ block, layer, index })),
      );
      let at = 0;
      for await (const got of client.blocks.get(pages)) {
        if (got.kind !== 'hit' || got.form !== 'copied') throw new Error(`page ${at}: ${got.kind}`);
        const { layer, index } = pages[at]!;
        const page = pageOf(layer, index);
        expect(Buffer.compare(got.k, page.k) + Buffer.compare(got.v, page.v), `page ${at}`).toBe(0);
        at += 1;
      }
      expect(at).toBe(16);
      expect((await client.blocks.lookup(tokens)).tokens).toBe(64);
    }
  });

  it('reads fewer pages in a mode that is asked for by name, and says so', async () => {
    const count = 150;
    const tokens = tokensFrom(12, count);
    const session = await client.attention.open({ tokens });
    await attendTo(session, tokens.slice(0, count - 1), 16);
    session.begin(tokens.slice(-1));
    for (let layer = 0; layer < layers; layer += 1) {
      const q = queries(layer, count - 1, count);
      const at = { append: { k: kOf(layer, count - 1), v: vOf(layer, count - 1) } };
      const exact = await session.attend(layer, q, at);
      const all = await session.attend(layer, q, { mode: { kind: 'topPages', share: 1 } });
      expect({ o: all.o, lse: all.lse }).toEqual({ o: exact.o, lse: exact.lse });
      const modes = [
        { kind: 'topPages', share: 0.3 },
        { kind: 'sinks', sinkTokens: 4, windowTokens: 32 },
      ] as const;
      const isWindow = 'window' in attendShape.layers[layer]!;
      for (const mode of modes) {
        const { o, trace } = await session.attend(layer, q, { mode });
        expect(trace.attendedPages + trace.skippedPages).toBe(exact.trace.attendedPages);
        if (isWindow) {
          expect(trace.skippedPages).toBe(0);
          expect(o).toEqual(exact.o);
        } else {
          expect(trace.attendedPages, mode.kind).toBe(mode.kind === 'sinks' ? 3 : 2);
          expect(o.every(Number.isFinite)).toBe(true);
        }
      }
    }
    await session.close();
  });

  it('answers a batch of sequences as each alone, and a fork as its origin', async () => {
    const count = 40;
    const sessions = await Promise.all(
      [8, 9, 10].map((first) => client.attention.open({ tokens: tokensFrom(first, count) })),
    );
    const alone = await attendAlone(client, tokensFrom(11, count), 8);
    for (const [index, session] of sessions.entries()) {
      await attendTo(session, tokensFrom(8 + index, count - 1), 8);
      session.begin(tokensFrom(8 + index, count).slice(-1));
    }
    for (let layer = 0; layer < layers; layer += 1) {
      const [k, v, q] = [kOf(layer, count - 1), vOf(layer, count - 1), queries(layer, count - 1, count)];
      const answers = await client.attention.attendAll(
        layer,
        sessions.map((session) => ({ session, q, append: { k, v } })),
      );
      for (const { o, lse } of answers)
        expect({ o, lse }).toEqual(alone.answers.get(`layer ${layer} token ${count - 1}`));
    }
    const fork = await sessions[0]!.fork();
    expect(fork.cachedTokens).toBe(32);
    const forked = await attendTo(fork, tokensFrom(8, count), 8);
    for (const [name, answer] of forked.answers) expect(answer, name).toEqual(alone.answers.get(name));
    await Promise.all([fork, ...sessions].map((session) => session.close()));
  });

  it('goes back to tokens that others follow', async () => {
    const tokens = tokensFrom(12, 40);
    const session = await client.attention.open();
    await attendTo(session, tokens.slice(0, 30), 10);
    session.begin([7, 7]);
    for (let layer = 0; layer < layers; layer += 1) await session.append(layer, ...zeros(2));
    await expect(session.truncate(15)).rejects.toThrow(
      'cannot go back to 15 tokens: the first 32 lie in sealed blocks',
    );
    await session.close();
    const other = await client.attention.open();
    await attendTo(other, tokensFrom(13, 29), 10);
    other.begin([7]);
    for (let layer = 0; layer < layers; layer += 1) await other.append(layer, ...zeros(1));
    await other.truncate(29);
    const after = await attendTo(other, tokensFrom(13, 40), 4);
    const wanted = await attendAlone(client, tokensFrom(14, 40), 4);
    for (const [name, answer] of after.answers) expect(answer, name).toEqual(wanted.answers.get(name));
    await other.close();
  });

  it('refuses with one clear line what does not fit, and goes on', async () => {
    const session = await client.attention.open({ tokens: tokensFrom(15, 20) });
    const q = queries(0, 0, 1);
    await expect(session.append(0, ...zeros(1))).rejects.toThrow(
      'no step is open; begin one with its tokens',
    );
    expect(() => session.begin(tokensFrom(15, 17))).toThrow(
      'a step of 17 tokens at position 0 does not fit into one block of 16',
    );
    expect(() => session.begin([3])).toThrow(
      'token 3 at position 0 is not the one that the session was opened with',
    );
    session.begin(tokensFrom(15, 1));
    await expect(session.attend(0, q)).rejects.toThrow(
      'layer 0 has no K and V of the tokens at position 0, which see themselves: append before you attend',
    );
    await expect(session.append(4, ...zeros(1))).rejects.toThrow(
      'the model has no layer 4; it has layers 0 to 3',
    );
    await expect(session.append(0, ...zeros(2))).rejects.toThrow(
      'K and V of 1 tokens have 256 and 256 bytes instead of 128: [tokens][kvHeads 2][headDim 16] in f32 is wanted',
    );
    await session.append(0, kOf(0, 0), vOf(0, 0));
    await expect(session.append(0, ...zeros(1))).rejects.toThrow(
      'K and V of the step at position 0 were appended to layer 0 already',
    );
    await expect(session.attend(0, q.subarray(1))).rejects.toThrow(
      'queries of 95 values: 1 to 1 tokens of 96 are wanted, [tokens][heads 6][headDim 16]',
    );
    await expect(session.attend(0, q, { mode: { kind: 'heavyHitters', share: 0.1 } })).rejects.toMatchObject({
      kind: 'unsupported',
    });
    expect(() => session.begin(tokensFrom(15, 2).slice(1))).toThrow(
      'the step at position 0 lacks K and V in layer 1: append them first',
    );
    for (let layer = 1; layer < layers; layer += 1) await session.append(layer, kOf(layer, 0), vOf(layer, 0));
    await expect(session.fill(blocksOf(tokensFrom(15, 16)))).rejects.toThrow(
      'whole blocks cannot follow 1 tokens: end the block of 16 first',
    );
    const after = await attendTo(session, tokensFrom(15, 20), 3);
    const wanted = await attendAlone(client, tokensFrom(16, 20), 20);
    for (const [name, answer] of after.answers) expect(answer, name).toEqual(wanted.answers.get(name));
    await session.close();
  });

  it('says that a model has no more positions, and that a page store computes nothing', async () => {
    const short = join(folder, 'short.json');
    writeFileSync(short, JSON.stringify({ ...attendShape, maxTokens: 8 }));
    const [bounded, store] = await Promise.all([
      upCluster(['--kv-config', short, '--stages', '1']),
      upCluster(['--kv-config', 'examples/store.json', '--stages', '1']),
    ]);
    const [of8, ofStore] = await Promise.all(
      [bounded, store].map(({ address }) => KvClient.connect(address)),
    );
    try {
      const session = await of8!.attention.open();
      session.begin(tokensFrom(0, 9));
      await expect(session.append(0, ...zeros(9))).rejects.toThrow(
        'a step would take the sequence to 9 tokens, and the longest context here is 8',
      );
      await expect(ofStore!.attention.open()).rejects.toMatchObject({ kind: 'unsupported' });
    } finally {
      await Promise.all([of8!.close(), ofStore!.close()]);
      await Promise.all([bounded.stop(), store.stop()]);
    }
  });
});

it('KV that was attended to is found by decoding, and gives the same logits', async () => {
  const up = await upCluster(['--model', 'models/tiny-dts', '--block-tokens', '16']);
  const tokens = [...Buffer.from('export interface Options {\n  readonly width: number;')];
  const clients = await Promise.all(
    ['computes', 'attends'].map((tenant) => KvClient.connect(up.address, { tenant })),
  );
  try {
    const [computes, attends] = clients as [KvClient, KvClient];
    const first = await decodeOnce(computes, tokens);
    expect(first.reused).toBe(0);
    const layerNumbers = (await computes.model()).geometry.layers.map((_, layer) => layer);
    const keys = await computes.blocks.keys(tokens);
    const filled: { tokens: number[]; pages: { k: Uint8Array; v: Uint8Array }[] }[] = [];
    for (const [index, block] of keys.entries()) {
      const pages: { k: Uint8Array; v: Uint8Array }[] = [];
      for await (const got of computes.blocks.get(layerNumbers.map((layer) => ({ block, layer })))) {
        if (got.kind !== 'hit' || got.form !== 'copied') throw new Error(got.kind);
        pages.push({ k: Uint8Array.from(got.k), v: Uint8Array.from(got.v) });
      }
      filled.push({ tokens: tokens.slice(index * 16, (index + 1) * 16), pages });
    }
    const session = await attends.attention.open();
    await session.fill(filled);
    await session.close();
    const second = await decodeOnce(attends, tokens);
    expect(second).toEqual({ ...first, reused: keys.length });
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    await up.stop();
  }
});

async function decodeOnce(client: KvClient, tokens: readonly number[]) {
  const chain = await client.blocks.keys(tokens);
  const { plan } = await client.sequences.create(chain, tokens.length);
  const stream = await client.decode(plan.sequence, chain);
  const reused = await stream.seek(chain.length);
  let answer = null;
  for (let from = reused * 16; from < tokens.length; from += 16) {
    answer = await stream.step(from, tokens.slice(from, from + 16), { topLogits: 5, allLogits: false });
  }
  stream.close();
  await client.sequences.release(plan.sequence);
  return { reused, ids: answer?.topIds, logits: answer?.topLogits, logsumexp: answer?.logsumexp };
}

function zeros(tokens: number): [Float32Array, Float32Array] {
  const half = new Float32Array(tokens * attendShape.kvHeads * attendShape.headDim);
  return [half, half];
}

function* blocksOf(tokens: readonly number[]): Iterable<FilledBlock> {
  for (let block = 0; block < tokens.length / blockTokens; block += 1) {
    yield {
      tokens: tokens.slice(block * blockTokens, (block + 1) * blockTokens),
      pages: Array.from({ length: layers }, (_, layer) => pageOf(layer, block)),
    };
  }
}
