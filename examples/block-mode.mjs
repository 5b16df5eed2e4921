// Block mode: an engine that computes KV by itself keeps it in kvtide, by the hash of its prefix.
//
//   npx kvtide up --kv-config examples/store.json --listen 127.0.0.1:4600
//   node examples/block-mode.mjs 127.0.0.1:4600
//
// Prints one line of JSON.
import { KvClient } from 'kvtide';

const [address = '127.0.0.1:4600'] = process.argv.slice(2);
const client = await KvClient.connect(address, { tenant: 'block-mode', name: 'block-mode example' });
try {
  const { geometry } = await client.model();
  const bytesOfValue = geometry.dtype === 'f32' ? 4 : 2;
  // K and V of one page are each [kvHeads][blockTokens][headDim].
  const halfBytes = geometry.kvHeads * geometry.blockTokens * geometry.headDim * bytesOfValue;

  // Four whole blocks and a rest: only whole blocks have keys.
  const tokens = Array.from({ length: 4 * geometry.blockTokens + 3 }, (_, at) => (at * 7919) % 50_000);
  const keys = await client.blocks.keys(tokens);

  /** Stands for what the engine computed for a block in a layer. */
  const computed = (blockIndex, layer, half) =>
    Uint8Array.from({ length: halfBytes }, (_, at) => (at + blockIndex * 31 + layer * 7 + half) % 251);

  // Pages may come from a generator: only a bounded number is made and under way at a time.
  function* pages() {
    for (const [blockIndex, block] of keys.entries()) {
      for (const layer of geometry.layers.keys()) {
        yield {
          block,
          layer,
          blockIndex,
          k: computed(blockIndex, layer, 0),
          v: computed(blockIndex, layer, 1),
        };
      }
    }
  }

  const outcomes = {};
  for await (const { kind } of client.blocks.put(pages())) outcomes[kind] = (outcomes[kind] ?? 0) + 1;
  const flushed = await client.blocks.flush(); // from here on a power loss does not take them

  // Another process with the same tenant would begin here: how much of my prompt is there?
  const wanted = keys.flatMap((block) => [...geometry.layers.keys()].map((layer) => ({ block, layer })));
  const there = (await client.blocks.exists(wanted)).filter(({ kind }) => kind === 'present').length;

  let right = 0;
  let at = 0;
  for await (const page of client.blocks.get(wanted)) {
    const blockIndex = Math.floor(at / geometry.layers.length);
    at += 1;
    // `miss`, `corrupt`, `unavailable` and `throttled` are other answers than a hit: recompute then.
    if (page.kind !== 'hit' || page.form !== 'copied') continue;
    const same = (bytes, half) => Buffer.compare(bytes, computed(blockIndex, page.page.layer, half)) === 0;
    if (same(page.k, 0) && same(page.v, 1)) right += 1;
  }

  const [lane] = await client.lanes();
  console.log(
    JSON.stringify({ pages: wanted.length, outcomes, flushed: flushed.kind, there, right, lane: lane?.kind }),
  );
  process.exitCode = right === wanted.length ? 0 : 1;
} finally {
  await client.close();
}
