import { Presets, SingleBar } from 'cli-progress';
import type { CommandContext } from './commandContext.js';

/** What is shown on stderr while a prompt is computed. */
export interface Progress {
  readonly waits: (why: string) => void;
  readonly prefill: (computed: number, total: number) => void;
  readonly warn: (message: string) => void;
  /** Takes the bar away; may be called again. */
  readonly stop: () => void;
}

/** Where stderr is no terminal: one line each such part of the prompt. */
const lineEachPart = 0.25;

/** A bar on a terminal; elsewhere a line now and then, and none for a prompt of a block or two. */
export function progressOf(context: CommandContext, tokens: number): Progress {
  return context.isTerminal ? barOn(context, tokens) : linesOn(context);
}

function barOn(context: CommandContext, tokens: number): Progress {
  const bar = new SingleBar(
    {
      format: 'prefill {bar} {percentage}% | {value}/{total} tokens',
      stream: process.stderr,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  bar.start(tokens, 0);
  return {
    waits: (why) => {
      bar.stop();
      context.err(`waiting for room: ${why}\n`);
      bar.start(tokens, 0);
    },
    prefill: (computed, total) => {
      bar.setTotal(total);
      bar.update(computed);
      if (computed === total) bar.stop();
    },
    warn: (message) => {
      bar.stop();
      context.err(`warning: ${message}\n`);
    },
    stop: () => bar.stop(),
  };
}

function linesOn(context: CommandContext): Progress {
  let nextPart = lineEachPart;
  return {
    waits: (why) => context.err(`waiting for room: ${why}\n`),
    prefill: (computed, total) => {
      if (computed / total < nextPart) return;
      nextPart = Math.floor(computed / total / lineEachPart + 1) * lineEachPart;
      context.err(`prefill: ${computed} of ${total} tokens\n`);
    },
    warn: (message) => context.err(`warning: ${message}\n`),
    stop: () => {},
  };
}
