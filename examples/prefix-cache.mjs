// A prefix cache for an engine that keeps its KV as transformers.js does: a dictionary of tensors
// `past_key_values.N.key` and `.value`, each [1, kvHeads, tokens, headDim].
//
//   npx kvtide up --kv-config examples/store.json --listen 127.0.0.1:4600
//   node examples/prefix-cache.mjs 127.0.0.1:4600
//
// Prints one line of JSON: how many tokens the engine computed for a prompt, for the same prompt again, and
// for one that goes on differently after a while.
import { KvClient } from 'kvtide';

const tensorTypes = { f32: ['float32', Float32Array], f16: ['float16', Uint16Array] };

/** Loads and saves the KV of prompts, whole blocks at a time. Several processes may share one store. */
class PrefixCache {
  #client;
  #geometry;

  static async open(client) {
    const cache = new PrefixCache();
    cache.#client = client;
    cache.#geometry = (await client.model()).geometry;
    return cache;
  }

  /**
   * The KV of the longest prefix of `tokens` that the store has, or null. At least one token is left for
   * the engine: it needs that one's logits.
   */
  async load(tokens) {
    const { blockTokens, layers } = this.#geometry;
    const { keys, blocks } = await this.#client.blocks.lookup(tokens);
    let usable = Math.min(blocks, Math.floor((tokens.length - 1) / blockTokens));
    const pages = keys
      .slice(0, usable)
      .flatMap((block) => [...layers.keys()].map((layer) => ({ block, layer })));
    const found = await this.#client.blocks.get(pages).all();
    // What the lookup said was a hint; what came counts. A page that did not come ends the prefix.
    const firstGap = found.findIndex(({ kind }) => kind !== 'hit');
    if (firstGap !== -1) usable = Math.floor(firstGap / layers.length);
    if (usable === 0) return null;
    const past = this.#emptyPast(usable * blockTokens);
    for (const [at, page] of found.slice(0, usable * layers.length).entries()) {
      const block = Math.floor(at / layers.length);
      this.#copy(past[`past_key_values.${page.page.layer}.key`], block, page.k, 'in');
      this.#copy(past[`past_key_values.${page.page.layer}.value`], block, page.v, 'in');
    }
    return past;
  }

  /** Stores the whole blocks of a prompt; those that are there already stay. Gives the outcomes, counted. */
  async save(tokens, pastKeyValues) {
    const outcomes = {};
    for await (const { kind } of this.#client.blocks.put(this.#pagesOf(tokens, pastKeyValues))) {
      outcomes[kind] = (outcomes[kind] ?? 0) + 1;
    }
    return outcomes;
  }

  async *#pagesOf(tokens, past) {
    const { blockTokens, kvHeads, headDim, layers, dtype } = this.#geometry;
    const [, Values] = tensorTypes[dtype];
    for (const [blockIndex, block] of (await this.#client.blocks.keys(tokens)).entries()) {
      for (const layer of layers.keys()) {
        const [k, v] = ['key', 'value'].map((part) => {
          const half = new Values(kvHeads * blockTokens * headDim);
          this.#copy(past[`past_key_values.${layer}.${part}`], blockIndex, half, 'out');
          return half;
        });
        yield { block, layer, blockIndex, k, v };
      }
    }
  }

  #emptyPast(tokens) {
    const { kvHeads, headDim, layers, dtype } = this.#geometry;
    const [type, Values] = tensorTypes[dtype];
    const tensor = () => ({
      type,
      dims: [1, kvHeads, tokens, headDim],
      data: new Values(kvHeads * tokens * headDim),
    });
    const entries = [...layers.keys()].flatMap((layer) => [
      [`past_key_values.${layer}.key`, tensor()],
      [`past_key_values.${layer}.value`, tensor()],
    ]);
    return Object.fromEntries(entries);
  }

  /** A page holds [kvHeads][blockTokens][headDim]: of each head, the rows of one block lie together in both. */
  #copy({ dims, data }, block, page, direction) {
    const { blockTokens, headDim, kvHeads, dtype } = this.#geometry;
    const [, Values] = tensorTypes[dtype];
    const half = new Values(page.buffer, page.byteOffset, page.byteLength / Values.BYTES_PER_ELEMENT);
    const run = blockTokens * headDim;
    for (let head = 0; head < kvHeads; head += 1) {
      const from = (head * dims[2] + block * blockTokens) * headDim;
      if (direction === 'in') data.set(half.subarray(head * run, (head + 1) * run), from);
      else half.set(data.subarray(from, from + run), head * run);
    }
  }
}

/** Stands for a model: K and V of a token depend on all tokens up to it. Counts what it computes. */
class ToyEngine {
  computedTokens = 0;

  constructor(geometry) {
    this.geometry = geometry;
  }

  prefill(tokens, past) {
    const { kvHeads, headDim, layers, dtype } = this.geometry;
    const [type, Values] = tensorTypes[dtype];
    const known = past === null ? 0 : past['past_key_values.0.key'].dims[2];
    this.computedTokens += tokens.length - known;
    const states = [];
    for (const token of tokens) states.push(((states.at(-1) ?? 1) * 31 + token) % 9973);
    const tensor = (name, salt) => {
      const data = new Values(kvHeads * tokens.length * headDim);
      for (let head = 0; head < kvHeads; head += 1) {
        if (past !== null) {
          const { data: old } = past[name];
          const rows = old.subarray(head * known * headDim, (head + 1) * known * headDim);
          data.set(rows, head * tokens.length * headDim);
        }
        for (let at = known; at < tokens.length; at += 1) {
          for (let dim = 0; dim < headDim; dim += 1) {
            data[(head * tokens.length + at) * headDim + dim] = (states[at] + salt + head * 3 + dim) % 1021;
          }
        }
      }
      return [name, { type, dims: [1, kvHeads, tokens.length, headDim], data }];
    };
    return Object.fromEntries(
      [...layers.keys()].flatMap((layer) => [
        tensor(`past_key_values.${layer}.key`, layer),
        tensor(`past_key_values.${layer}.value`, layer + 500),
      ]),
    );
  }
}

const [address = '127.0.0.1:4600'] = process.argv.slice(2);
const client = await KvClient.connect(address, { tenant: 'prefix-cache', name: 'prefix-cache example' });
try {
  const { geometry } = await client.model();
  const cache = await PrefixCache.open(client);

  /** What an engine does with a prompt: load, compute the rest, save. */
  const ask = async (tokens) => {
    const engine = new ToyEngine(geometry);
    const past = await engine.prefill(tokens, await cache.load(tokens));
    await cache.save(tokens, past);
    const reference = new ToyEngine(geometry).prefill(tokens, null);
    const same = Object.entries(reference).every(([name, { data }]) =>
      data.every((value, at) => value === past[name].data[at]),
    );
    return { computed: engine.computedTokens, same };
  };

  const first = Array.from({ length: 6 * geometry.blockTokens + 5 }, (_, at) => (at * 13) % 32_000);
  const second = [
    ...first.slice(0, 4 * geometry.blockTokens + 2),
    ...Array.from({ length: 40 }, (_, at) => at + 7),
  ];
  const asked = [await ask(first)];
  // A lookup is a hint that lags by a moment: workers tell the coordinator what they have got.
  const signal = AbortSignal.timeout(10_000);
  while ((await client.blocks.lookup(first, { signal })).blocks < 6) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  asked.push(await ask(first), await ask(second));
  console.log(
    JSON.stringify({
      promptTokens: [first.length, first.length, second.length],
      computedTokens: asked.map(({ computed }) => computed),
      same: asked.every(({ same }) => same),
    }),
  );
} finally {
  await client.close();
}
