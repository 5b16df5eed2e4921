import * as z from 'zod';
import { KvError } from '../core/errors.js';
import { requestKinds } from '../policy/policyColumns.js';
import type { TraceRequest } from '../sim/trace.js';

/** How the lines of a trace are read; `null` for one that is no request. */
export interface TraceFormat {
  readonly blockTokens: number;
  /** @throws KvError `invalid` that names the key and what is wanted. */
  read(value: unknown): TraceRequest | null;
}

const tokens = z.number().int().nonnegative();

/** Mooncake: https://github.com/kvcache-ai/Mooncake, FAST25-release; times in ms, blocks of 512 tokens. */
const mooncakeLine = z.object({
  timestamp: z.number(),
  input_length: tokens,
  output_length: tokens,
  hash_ids: z.array(z.number()),
});

/** Alibaba: https://github.com/alibaba-edu/qwen-bailian-usagetraces-anon; times in s, blocks of 16 tokens. */
const bailianLine = mooncakeLine.extend({
  chat_id: z.number(),
  parent_chat_id: z.number(),
  type: z.string(),
  turn: z.number(),
});

/** The first line of what a worker of ours records. */
const recordingHeader = z.object({
  kvtide: z.literal('trace'),
  version: z.literal(1),
  blockTokens: z.number().int().positive().max(1_000_000),
});

const recordingLine = z.object({
  timestamp: z.number(),
  kind: z.enum(requestKinds),
  input_length: tokens,
  output_length: tokens,
  hash_ids: z.array(z.union([z.number(), z.string()])),
});

const msPerSecond = 1000;

/** What the first line that is JSON says of the others; with `isHeader` it is no request itself. */
export function formatOf(value: unknown): { readonly format: TraceFormat; readonly isHeader: boolean } {
  if (has(value, 'kvtide'))
    return { format: recordingFormat(parsed(recordingHeader, value)), isHeader: true };
  if (has(value, 'chat_id')) return { format: bailianFormat, isHeader: false };
  return { format: mooncakeFormat, isHeader: false };
}

const mooncakeFormat: TraceFormat = {
  blockTokens: 512,
  read: (value) => requestOf(parsed(mooncakeLine, value), 'prefill', 1),
};

const bailianFormat: TraceFormat = {
  blockTokens: 16,
  read: (value) => requestOf(parsed(bailianLine, value), 'prefill', msPerSecond),
};

function recordingFormat({ blockTokens }: z.infer<typeof recordingHeader>): TraceFormat {
  return {
    blockTokens,
    read: (value) => {
      // Between the requests stands what one tier did with each block; a replay decides anew.
      if (has(value, 'event')) return null;
      const line = parsed(recordingLine, value);
      return requestOf(line, line.kind, 1);
    },
  };
}

type Line = Omit<z.infer<typeof recordingLine>, 'kind'>;

function requestOf(line: Line, kind: TraceRequest['kind'], timeUnitMs: number): TraceRequest {
  return {
    timeMs: line.timestamp * timeUnitMs,
    inputTokens: line.input_length,
    outputTokens: line.output_length,
    kind,
    blocks: line.hash_ids,
  };
}

function has(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && key in value;
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const key = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw new KvError('invalid', `${key}${issue?.message ?? 'not valid'}`);
}
