// Decoding over the cluster: tokens go there, logits come back, and no page travels to us. The cluster runs the
// model's layers next to their pages.
//
//   npx kvtide up --model models/tiny-dts --listen 127.0.0.1:4600
//   node examples/decode.mjs 127.0.0.1:4600
//
// Prints one line of JSON.
import { KvClient } from 'kvtide';

const [address = '127.0.0.1:4600', prompt = 'export interface Options {\n'] = process.argv.slice(2);
const newTokens = 24;

const client = await KvClient.connect(address, { tenant: 'decode' });
try {
  const { blockTokens } = (await client.model()).geometry;
  const tokens = [...Buffer.from(prompt)]; // this model's tokens are bytes
  const chain = await client.blocks.keys(tokens);

  // The coordinator places the sequence; the stream then goes to the worker of the first layers.
  const { plan } = await client.sequences.create(chain, tokens.length);
  const stream = await client.decode(plan.sequence, chain);

  // Go on after the blocks that the cluster has; at least the last token is computed, for its logits.
  const most = Math.floor((tokens.length - 1) / blockTokens);
  const reused = await stream.seek(Math.min(chain.length, most));

  /** Computes tokens from `position` on, block by block; gives the best next token after the last. */
  const compute = async (position, ids) => {
    let answer;
    for (let from = 0; from < ids.length; ) {
      const count = Math.min(ids.length - from, blockTokens - ((position + from) % blockTokens));
      const isLast = from + count === ids.length;
      const want = { topLogits: isLast ? 3 : 0, allLogits: false };
      answer = await stream.step(position + from, ids.slice(from, from + count), want);
      from += count;
    }
    return answer;
  };

  const start = reused * blockTokens;
  let answer = await compute(start, tokens.slice(start));
  const best = answer.topIds;
  for (let made = 0; made < newTokens; made += 1) {
    const next = answer.topIds[0]; // greedy; topLogits and logsumexp would give probabilities
    tokens.push(next);
    if (made + 1 < newTokens) answer = await compute(tokens.length - 1, [next]);
  }
  stream.close();
  await client.sequences.release(plan.sequence); // its sealed blocks stay cached

  const text = Buffer.from(tokens).toString();
  console.log(JSON.stringify({ stages: plan.stages.length, reusedBlocks: reused, best, text }));
} finally {
  await client.close();
}
