/** How far logits are from others, over all positions and tokens. */
export interface LogitError {
  readonly max: number;
  readonly rms: number;
}

export function logitError(wanted: readonly Float32Array[], got: readonly Float32Array[]): LogitError {
  let max = 0;
  let squares = 0;
  let count = 0;
  for (const [at, logits] of wanted.entries()) {
    for (const [token, logit] of logits.entries()) {
      const error = Math.abs(logit - got[at]![token]!);
      max = Math.max(max, error);
      squares += error * error;
      count += 1;
    }
  }
  return { max, rms: Math.sqrt(squares / count) };
}

/** Kullback-Leibler divergence of the distribution that `got` stands for from that of `wanted`, in nats. */
export function divergence(wanted: Float32Array, got: Float32Array): number {
  const p = logProbabilities(wanted);
  const q = logProbabilities(got);
  return p.reduce((sum, log, token) => sum + Math.exp(log) * (log - q[token]!), 0);
}

function logProbabilities(logits: Float32Array): Float64Array {
  const largest = Math.max(...logits);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  return Float64Array.from(logits, (logit) => logit - largest - Math.log(total));
}

/** Length of the difference over the length of what is wanted, over all positions. */
export function relativeError(wanted: readonly Float32Array[], got: readonly Float32Array[]): number {
  let difference = 0;
  let length = 0;
  for (const [at, logits] of wanted.entries()) {
    for (const [token, logit] of logits.entries()) {
      difference += (logit - got[at]![token]!) ** 2;
      length += logit ** 2;
    }
  }
  return Math.sqrt(difference / length);
}
