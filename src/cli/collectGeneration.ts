import type { KvClient } from '../client/kvClient.js';
import type { StepAnswer } from '../client/stepAnswer.js';
import type { AttentionMode } from '../core/attentionMode.js';
import type { BlockKey } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { LayerRange } from '../core/layerRange.js';
import { ClientSession } from '../decode/clientSession.js';
import {
  type GenerateEvent,
  type GenerateRequest,
  type GenerateTimings,
  generate,
  type SpeculationTotals,
} from '../decode/generate.js';
import type { PrefetchTotals } from '../decode/prefetchTotals.js';
import { type StepTrace, TracedSession } from '../decode/tracedSession.js';
import { systemClock } from '../observe/systemClock.js';

/** KV that was lost on the way, and what became of it. */
export interface GenerationRecovery {
  /** What was noticed. */
  readonly cause: string;
  /** Of the worker that was lost; null where the cause names none. */
  readonly layers: LayerRange | null;
  /** Tokens that were still whole in all stages, and those behind them. */
  readonly fromTokens: number;
  readonly lostTokens: number;
  /** Of these, those that were computed again; where several followed on each other, the last has them. */
  recomputedTokens: number;
  readonly waitedMs: number;
}

/** A finished generation. */
export interface Generation {
  readonly cachedTokens: number;
  readonly tokens: readonly number[];
  /** One a token: what it was chosen from. */
  readonly steps: readonly StepAnswer[];
  readonly timings: GenerateTimings;
  readonly prefetch: PrefetchTotals;
  readonly speculation: SpeculationTotals;
  readonly recoveries: readonly GenerationRecovery[];
}

/** What somebody who watches gets to see. */
export interface GenerationWatcher {
  /** There is no room for the sequence yet; the message says what is missing. */
  waits?(message: string): void;
  prefill?(computed: number, total: number): void;
  token?(token: number): void;
  step?(trace: StepTrace): void;
  /** Something went wrong and was mended, or does not matter for the tokens. */
  warn?(message: string): void;
}

export interface GenerationOptions {
  /** The parent of the first block; a root of its own reuses nothing. */
  readonly rootKey?: BlockKey;
  /** What decode steps read; exact without it. */
  readonly attention?: AttentionMode;
  readonly watcher?: GenerationWatcher;
  /** Called after the last token, while the sequence still holds its KV. */
  readonly atEnd?: () => Promise<void>;
}

/** Runs a whole generation in a sequence of its own. @throws KvError as `generate`. */
export async function collectGeneration(
  client: KvClient,
  request: GenerateRequest,
  { rootKey, attention, watcher = {}, atEnd }: GenerationOptions = {},
): Promise<Generation> {
  const session = await ClientSession.create(client, request.prompt, {
    ...(rootKey === undefined ? {} : { rootKey }),
    ...(attention === undefined ? {} : { attention }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    maxTokens: request.prompt.length + request.maxTokens,
    onWait: ({ message }) => watcher.waits?.(message),
  });
  const { step: tell } = watcher;
  const traced = tell === undefined ? session : new TracedSession(session, systemClock, tell);
  const tokens: number[] = [];
  const steps: StepAnswer[] = [];
  const recoveries: GenerationRecovery[] = [];
  let waitsFor = '';
  let cachedTokens = 0;
  try {
    for await (const event of generate(traced, request, systemClock)) {
      switch (event.kind) {
        case 'opened':
          cachedTokens = event.cachedTokens;
          break;
        case 'prefill':
          watcher.prefill?.(event.computed, event.total);
          break;
        case 'waiting':
          if (event.cause.message !== waitsFor) watcher.warn?.(waitLine(event));
          waitsFor = event.cause.message;
          break;
        case 'recovered':
          recoveries.push(recoveryOf(event));
          watcher.warn?.(recoveryLine(event));
          break;
        case 'recomputed': {
          const last = recoveries.at(-1);
          if (last !== undefined) last.recomputedTokens += event.tokens;
          watcher.warn?.(`${event.tokens} tokens were computed again`);
          break;
        }
        case 'token':
          tokens.push(event.token);
          steps.push(event.step);
          watcher.token?.(event.token);
          break;
        case 'done':
          if (event.tellError !== null)
            watcher.warn?.(`new blocks were not announced: ${event.tellError.message}`);
          await atEnd?.();
          return {
            cachedTokens,
            tokens,
            steps,
            timings: event.timings,
            prefetch: event.prefetch,
            speculation: event.speculation,
            recoveries,
          };
      }
    }
  } finally {
    // The coordinator forgets a sequence with its lease; a failure here changes no answer.
    await session.release().catch(() => {});
  }
  throw new KvError('internal', 'the generation ended without an end');
}

type EventOf<Kind extends GenerateEvent['kind']> = Extract<GenerateEvent, { readonly kind: Kind }>;

function waitLine({ cause, waitedMs, mostMs }: EventOf<'waiting'>): string {
  const left = Math.ceil((mostMs - waitedMs) / 1000);
  return `${cause.message}; waiting for another worker, ${left} s at most`;
}

function recoveryLine({ cause, lost, fromTokens }: EventOf<'recovered'>): string {
  const layers = lost.layers === null ? '' : ` of layers ${lost.layers.from} to ${lost.layers.to - 1}`;
  return `${cause.message}; going on after ${fromTokens} tokens, ${lost.tokens}${layers} are lost`;
}

function recoveryOf({ cause, lost, fromTokens, waitedMs }: EventOf<'recovered'>): GenerationRecovery {
  const { layers, tokens } = lost;
  return {
    cause: cause.message,
    layers,
    fromTokens,
    lostTokens: tokens,
    recomputedTokens: 0,
    waitedMs: Math.round(waitedMs),
  };
}
