// Attend mode: an engine computes with a model of its own, appends K and V to the cluster, and sends it queries.
// The cluster keeps the KV in its tiers and computes attention where it lies. The engine here is a transformer
// of a few lines with weights from a seed; beside the cluster's attention it computes its own, in float64.
//
//   npx kvtide up --kv-config examples/attention.json --listen 127.0.0.1:4600
//   node examples/attend-mode.mjs 127.0.0.1:4600
//
// Prints one line of JSON.
import { KvClient } from 'kvtide';

const [address = '127.0.0.1:4600'] = process.argv.slice(2);
const newTokens = 12;

const client = await KvClient.connect(address, { tenant: 'attend-mode' });
try {
  const { geometry } = await client.model();
  const { kvHeads, headDim, blockTokens, layers } = geometry;
  const prompt = Array.from({ length: 3 * blockTokens + 5 }, (_, at) => (at * 31) % 97);
  // What is cached of the prompt need not be appended again; at least its last token is.
  const session = await client.attention.open({ tokens: prompt });
  const { heads, cachedTokens } = session;

  // ---- a small transformer ----
  const width = heads * headDim;
  let seed = 7;
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 31 - 1;
  };
  const matrix = (rows, columns) =>
    Array.from({ length: rows }, () =>
      Float64Array.from({ length: columns }, () => random() / Math.sqrt(columns)),
    );
  const times = (rows, x) => Float64Array.from(rows, (row) => row.reduce((sum, w, at) => sum + w * x[at], 0));
  const plus = (a, b) => a.map((value, at) => value + b[at]);
  const norm = (x) => x.map((value) => value / Math.sqrt(x.reduce((sum, v) => sum + v * v, 1e-6) / x.length));
  /** Rotates pairs of each head by its position: keys and queries are sent rotated. */
  const rotate = (x, position) =>
    x.map((value, at) => {
      const angle = position / 10_000 ** (((at % headDim) & ~1) / headDim);
      const pair = at % 2 === 0 ? -x[at + 1] : x[at - 1];
      return value * Math.cos(angle) + pair * Math.sin(angle);
    });
  const embedding = matrix(97, width);
  const weights = layers.map(() => ({
    q: matrix(width, width),
    k: matrix(kvHeads * headDim, width),
    v: matrix(kvHeads * headDim, width),
    out: matrix(width, width),
    mlp: matrix(width, width),
  }));

  // ---- its own attention, to compare with ----
  const seen = layers.map(() => ({ k: [], v: [] }));
  const ownAttention = (layer, q) => {
    const { k: keys, v: values } = seen[layer];
    const o = new Float64Array(width);
    for (let head = 0; head < heads; head += 1) {
      const group = Math.floor(head / (heads / kvHeads)) * headDim;
      const dot = (k) =>
        k
          .subarray(group, group + headDim)
          .reduce((sum, value, at) => sum + value * q[head * headDim + at], 0);
      const scores = keys.map((k) => dot(k) / Math.sqrt(headDim));
      const top = Math.max(...scores);
      const parts = scores.map((score) => Math.exp(score - top));
      const sum = parts.reduce((a, b) => a + b, 0);
      for (let at = 0; at < headDim; at += 1)
        o[head * headDim + at] = values.reduce((all, v, key) => all + (parts[key] / sum) * v[group + at], 0);
    }
    return o;
  };

  let worstError = 0;
  /** Computes one token, and gives the id that follows. */
  const compute = async (token, position) => {
    const isCached = position < cachedTokens;
    let hidden = embedding[token];
    if (!isCached) session.begin([token]);
    for (const [layer, { q, k, v, out, mlp }] of weights.entries()) {
      const x = norm(hidden);
      const [query, key, value] = [rotate(times(q, x), position), rotate(times(k, x), position), times(v, x)];
      seen[layer].k.push(Float64Array.from(Float32Array.from(key)));
      seen[layer].v.push(Float64Array.from(Float32Array.from(value)));
      const own = ownAttention(layer, Float32Array.from(query));
      let attention = own;
      if (!isCached) {
        const append = { k: Float32Array.from(key), v: Float32Array.from(value) };
        // The same as `session.append(layer, k, v)` before it, in one message.
        const { o } = await session.attend(layer, Float32Array.from(query), { append });
        for (const [at, mine] of own.entries()) worstError = Math.max(worstError, Math.abs(mine - o[at]));
        attention = Float64Array.from(o);
      }
      hidden = plus(hidden, times(out, attention));
      hidden = plus(
        hidden,
        times(mlp, norm(hidden)).map((value) => Math.max(0, value)),
      );
    }
    const logits = times(embedding, norm(hidden));
    return logits.indexOf(Math.max(...logits));
  };

  const tokens = [...prompt];
  for (let position = 0; tokens.length < prompt.length + newTokens; position += 1) {
    const next = await compute(tokens[position], position);
    if (position + 1 >= prompt.length) tokens.push(next);
  }
  await session.close(); // its whole blocks stay cached

  const made = tokens.slice(prompt.length);
  console.log(JSON.stringify({ promptTokens: prompt.length, cachedTokens, made, close: worstError < 1e-5 }));
  process.exitCode = worstError < 1e-5 ? 0 : 1;
} finally {
  await client.close();
}
