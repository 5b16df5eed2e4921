import { SeededRandom } from '../../src/decode/seededRandom.js';
import { needleTokens, type TokenSpan } from './needleTokens.js';

/** Difference of two attention scores after which the lower one's weight is nothing: exp(-40) is 4e-18. */
const previousTokenMargin = 40;
/** Above exp(64) / 2^24 positions, what is left for all others is 1e-21. */
const matchMargin = 64;
/** Logits of a found value, above those of other values; `nothing` lies halfway. */
const answerLogit = 32;
/**
 * Base of the rotations: each is half as fast as the one before it. Position times a power of two is exact in
 * float32, while at position 10 million other angles are off by half a radian.
 */
export const ropeTheta = (headDim: number): number => 2 ** (headDim / 2);
/** Rotations that the previous-token head uses, the fastest ones. */
const rotationsUsed = 8;
const fillerSeed = 1;

/**
 * The weights of the needle model that are not zero, by their names in the checkpoint.
 *
 * The hidden state is four parts of `headDim` numbers: the code of a key, the code of a value, the code of
 * the key one token before, and a constant with the fillers' codes after it. Codes are the rows of a Hadamard
 * matrix and their negatives: each is orthogonal or opposite to all others. All embeddings are equally long,
 * so that the RMS norms only scale, by a factor that is the same for all tokens but those after a key.
 */
export function needleTensors(headDim: number): Map<string, Float32Array> {
  const { keys, values, nothing, vocabulary } = needleTokens;
  const codes = biorthogonalCodes(headDim);
  if (codes.length < Math.max(keys.count, values.count)) {
    throw new RangeError(`codes of ${headDim} numbers tell ${codes.length} tokens apart`);
  }
  const hidden = 4 * headDim;
  const part = { key: 0, value: headDim, previousKey: 2 * headDim, constant: 3 * headDim };
  const constant = Math.sqrt(headDim);
  /** 1 / RMS of a token, and of one that follows a key: of 2 or 3 parts of length sqrt(headDim) each. */
  const norm = Math.sqrt(hidden / (2 * headDim));
  const normAfterKey = Math.sqrt(hidden / (3 * headDim));

  const embedding = new Matrix(vocabulary, hidden);
  const head = new Matrix(vocabulary, hidden);
  const logitScale = answerLogit / (normAfterKey * headDim);
  eachToken(keys, (token, index) => embedding.setRow(token, part.key, codes[index]!));
  eachToken(values, (token, index) => {
    embedding.setRow(token, part.value, codes[index]!);
    head.setRow(
      token,
      part.value,
      codes[index]!.map((sign) => sign * logitScale),
    );
  });
  const random = new SeededRandom(fillerSeed);
  const fillerScale = Math.sqrt(headDim / (headDim - 1));
  const noise = () => Array.from({ length: headDim - 1 }, () => (random.next() % 2 ? 1 : -1) * fillerScale);
  eachToken(needleTokens.fillers, (token) => embedding.setRow(token, part.constant + 1, noise()));
  embedding.setRow(nothing, part.constant + 1, noise());
  for (let token = 0; token < vocabulary; token += 1) embedding.set(token, part.constant, constant);
  head.set(nothing, part.constant, answerLogit / 2 / (normAfterKey * constant));

  // q is the same everywhere; k is turned one position further, so that it meets q of the next token.
  const fromConstant = previousTokenAmplitude(headDim) / (norm * constant);
  const queryBefore = new Matrix(headDim, hidden);
  const keyBefore = new Matrix(headDim, hidden);
  for (let pair = 0; pair < usedPairs(headDim); pair += 1) {
    const angle = frequency(pair);
    queryBefore.set(pair, part.constant, fromConstant);
    keyBefore.set(pair, part.constant, fromConstant * Math.cos(angle));
    keyBefore.set(pair + headDim / 2, part.constant, fromConstant * Math.sin(angle));
  }
  const unit = (from: number, scale: number) =>
    Matrix.diagonal(headDim, hidden, { row: 0, column: from, scale });
  const back = (to: number) => Matrix.diagonal(hidden, headDim, { row: to, column: 0, scale: 1 });

  // The least match is that of a question that follows a key itself.
  const match = Math.sqrt(matchMargin / (normAfterKey * normAfterKey * Math.sqrt(headDim)));
  const ones = () => new Float32Array(hidden).fill(1);
  return new Map([
    ['model.embed_tokens.weight', embedding.values],
    ['model.layers.0.input_layernorm.weight', ones()],
    ['model.layers.0.self_attn.q_proj.weight', queryBefore.values],
    ['model.layers.0.self_attn.k_proj.weight', keyBefore.values],
    ['model.layers.0.self_attn.v_proj.weight', unit(part.key, 1 / norm).values],
    ['model.layers.0.self_attn.o_proj.weight', back(part.previousKey).values],
    ['model.layers.0.post_attention_layernorm.weight', ones()],
    ['model.layers.1.input_layernorm.weight', ones()],
    ['model.layers.1.self_attn.q_proj.weight', unit(part.key, match).values],
    ['model.layers.1.self_attn.k_proj.weight', unit(part.previousKey, match).values],
    ['model.layers.1.self_attn.v_proj.weight', unit(part.value, 1 / normAfterKey).values],
    ['model.layers.1.self_attn.o_proj.weight', back(part.value).values],
    ['model.layers.1.post_attention_layernorm.weight', ones()],
    ['model.norm.weight', ones()],
    ['lm_head.weight', head.values],
  ]);
}

/** Rows and negated rows of Sylvester's Hadamard matrix: `2 n` codes of `n` signs. */
function biorthogonalCodes(length: number): number[][] {
  if (length < 2 || (length & (length - 1)) !== 0) throw new RangeError(`${length} is no power of two`);
  const rows = Array.from({ length }, (_, row) =>
    Array.from({ length }, (_, column) => (ones(row & column) % 2 === 0 ? 1 : -1)),
  );
  return [...rows, ...rows.map((row) => row.map((sign) => -sign))];
}

function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}

function eachToken({ from, count }: TokenSpan, set: (token: number, index: number) => void): void {
  for (let index = 0; index < count; index += 1) set(from + index, index);
}

const usedPairs = (headDim: number): number => Math.min(rotationsUsed, headDim / 2);

const frequency = (pair: number): number => 2 ** -pair;

/**
 * Length of q and k in each pair of numbers that turns. The score at a distance of m tokens from the one before
 * is the sum of cos(m * frequency) over the pairs; its neighbours at m = ±1 come nearest to the best.
 */
function previousTokenAmplitude(headDim: number): number {
  let lost = 0;
  for (let pair = 0; pair < usedPairs(headDim); pair += 1) lost += 1 - Math.cos(frequency(pair));
  return Math.sqrt((previousTokenMargin * Math.sqrt(headDim)) / lost);
}

/** Weights `[rows][columns]`, zero at first. */
class Matrix {
  readonly values: Float32Array;
  readonly #columns: number;

  constructor(rows: number, columns: number) {
    this.values = new Float32Array(rows * columns);
    this.#columns = columns;
  }

  /** One part of the hidden state to a head, or back; the shorter side decides its length. */
  static diagonal(
    rows: number,
    columns: number,
    { row, column, scale }: { readonly row: number; readonly column: number; readonly scale: number },
  ): Matrix {
    const matrix = new Matrix(rows, columns);
    for (let i = 0; i < Math.min(rows, columns); i += 1) matrix.set(row + i, column + i, scale);
    return matrix;
  }

  set(row: number, column: number, value: number): void {
    this.values[row * this.#columns + column] = value;
  }

  setRow(row: number, column: number, values: readonly number[]): void {
    this.values.set(values, row * this.#columns + column);
  }
}
