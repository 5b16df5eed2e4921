/**
 * What a frame asks for or brings. Numbers are part of the wire (docs/protocol.md): none is ever used again
 * for something else. From `attach` on they belong to memory that both ends map.
 */
export const laneOps = {
  hello: 1,
  welcome: 2,
  error: 3,
  get: 4,
  page: 5,
  answer: 6,
  put: 7,
  attach: 16,
  segments: 17,
  lend: 18,
  lent: 19,
  release: 20,
  putAt: 21,
} as const;

/** What an `answer` says, in the header's `code`. */
export const answerCodes = {
  stored: 1,
  present: 2,
  full: 3,
  corrupt: 4,
  miss: 5,
  failed: 6,
  throttled: 7,
} as const;

export type AnswerName = keyof typeof answerCodes;

const namesByOp: ReadonlyMap<number, string> = new Map(
  Object.entries(laneOps).map(([name, op]) => [op, name]),
);
const namesByCode: ReadonlyMap<number, AnswerName> = new Map(
  Object.entries(answerCodes).map(([name, code]) => [code, name as AnswerName]),
);

/** For messages. */
export function laneOpName(op: number): string {
  return namesByOp.get(op) ?? `op ${op}`;
}

export function answerName(code: number): AnswerName | undefined {
  return namesByCode.get(code);
}
