import type { Attended, AttentionSession, KvClient } from '../../src/client/kvClient.js';

/** The shape that the tests' clusters serve: three query heads a KV head, one window layer. */
export const attendShape = {
  name: 'test/attend',
  layers: [{}, { window: 40 }, {}, {}],
  kvHeads: 2,
  heads: 6,
  headDim: 16,
  dtype: 'f32',
  blockTokens: 16,
} as const;

const { heads, kvHeads, headDim } = attendShape;
const windows = attendShape.layers.map((layer) => ('window' in layer ? layer.window : Infinity));
const layerCount = windows.length;

/** Values in [-1, 1) that no other seed has. */
function values(count: number, seed: number): Float32Array {
  let state = Math.imul(seed + 1, 2_654_435_761) >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** What an engine would compute for a token in a layer. */
export const kOf = (layer: number, token: number) => values(kvHeads * headDim, layer * 10_007 + token);
export const vOf = (layer: number, token: number) => values(kvHeads * headDim, 1e6 + layer * 10_007 + token);
const queryOf = (layer: number, token: number) => values(heads * headDim, 2e6 + layer * 10_007 + token);

function joined(
  of: (layer: number, token: number) => Float32Array,
  layer: number,
  from: number,
  to: number,
): Float32Array {
  const width = of(layer, from).length;
  const all = new Float32Array((to - from) * width);
  for (let token = from; token < to; token += 1) all.set(of(layer, token), (token - from) * width);
  return all;
}

export const queries = (layer: number, from: number, to: number) => joined(queryOf, layer, from, to);

/** A page of a whole block, `[kvHeads][blockTokens][headDim]` twice. */
export function pageOf(layer: number, block: number): { k: Uint8Array; v: Uint8Array } {
  const { blockTokens } = attendShape;
  const half = (of: typeof kOf): Uint8Array => {
    const page = new Float32Array(kvHeads * blockTokens * headDim);
    for (let row = 0; row < blockTokens; row += 1) {
      const token = of(layer, block * blockTokens + row);
      for (let head = 0; head < kvHeads; head += 1) {
        page.set(token.subarray(head * headDim, (head + 1) * headDim), (head * blockTokens + row) * headDim);
      }
    }
    return new Uint8Array(page.buffer);
  };
  return { k: half(kOf), v: half(vOf) };
}

/** By layer, then by token: o and lse of all heads. */
export type Answers = ReadonlyMap<string, { readonly o: Float32Array; readonly lse: Float32Array }>;

/** Keeps what was answered for each token by itself. */
class AnswerBook {
  readonly answers = new Map<string, { o: Float32Array; lse: Float32Array }>();
  peerPages = 0;

  add(layer: number, from: number, to: number, { o, lse, trace }: Attended): void {
    const width = heads * headDim;
    this.peerPages += trace.peerPages;
    for (let token = from; token < to; token += 1) {
      const at = token - from;
      this.answers.set(`layer ${layer} token ${token}`, {
        o: o.slice(at * width, (at + 1) * width),
        lse: lse.slice(at * heads, (at + 1) * heads),
      });
    }
  }
}

/** Appends tokens up to `end` and attends from each of them, `chunk` at a time. */
export async function attendTo(session: AttentionSession, tokens: readonly number[], chunk: number) {
  const book = new AnswerBook();
  const { blockTokens } = attendShape;
  for (let from = session.length; from < tokens.length; ) {
    const to = Math.min(tokens.length, from + chunk, (Math.floor(from / blockTokens) + 1) * blockTokens);
    session.begin(tokens.slice(from, to));
    for (let layer = 0; layer < layerCount; layer += 1) {
      const append = { k: joined(kOf, layer, from, to), v: joined(vOf, layer, from, to) };
      book.add(layer, from, to, await session.attend(layer, queries(layer, from, to), { append }));
    }
    from = to;
  }
  return book;
}

/** A session of its own from beginning to end. */
export async function attendAlone(client: KvClient, tokens: readonly number[], chunk: number) {
  const session = await client.attention.open({ tokens });
  const { cachedTokens } = session;
  const book = await attendTo(session, tokens, chunk);
  await session.close();
  return { ...book, answers: book.answers as Answers, cachedTokens };
}

/** The largest error of an answer against softmax attention in float64, relative to the token's largest value. */
export function worstError(answers: Answers): number {
  let worst = 0;
  for (const [name, { o, lse }] of answers) {
    const [, layer, token] = /layer (\d+) token (\d+)/.exec(name)!.map(Number);
    for (let head = 0; head < heads; head += 1) {
      const wanted = exactly(layer!, token!, head);
      const largest = Math.max(...wanted.o.map(Math.abs));
      wanted.o.forEach((value, at) => {
        worst = Math.max(worst, Math.abs(o[head * headDim + at]! - value) / largest);
      });
      worst = Math.max(worst, Math.abs(lse[head]! - wanted.lse) / Math.max(1, Math.abs(wanted.lse)));
    }
  }
  return worst;
}

const remembered = new Map<string, Float32Array>();
function once(of: typeof kOf, layer: number, token: number): Float32Array {
  const name = `${of === kOf} ${layer} ${token}`;
  const known = remembered.get(name) ?? of(layer, token);
  remembered.set(name, known);
  return known;
}

function exactly(layer: number, token: number, head: number) {
  const start = Math.floor(head / (heads / kvHeads)) * headDim;
  const q = queryOf(layer, token).subarray(head * headDim, (head + 1) * headDim);
  const scores: number[] = [];
  const first = Math.max(0, token - windows[layer]! + 1);
  for (let key = first; key <= token; key += 1) {
    const k = once(kOf, layer, key);
    scores.push(q.reduce((sum, value, at) => sum + value * k[start + at]!, 0) / Math.sqrt(headDim));
  }
  const top = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - top));
  const sum = weights.reduce((a, b) => a + b, 0);
  const o = Array.from({ length: headDim }, (_, at) =>
    weights.reduce((all, weight, key) => all + weight * once(vOf, layer, first + key)[start + at]!, 0),
  );
  return { o: o.map((value) => value / sum), lse: top + Math.log(sum) };
}
