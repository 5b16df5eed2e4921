import { Presets, SingleBar } from 'cli-progress';
import type { MoveProgress__Output } from '../rpc/gen/kvtide/v1/MoveProgress.js';
import type { CommandContext } from './commandContext.js';

/** What is shown on stderr while pages are copied. */
export interface CopyProgressView {
  show(progress: MoveProgress__Output): void;
  /** Takes the bar away. */
  stop(): void;
}

/** Where stderr is no terminal: one line each such part of the pages. */
const lineEachPart = 0.25;

/** A bar on a terminal; elsewhere a line now and then. */
export function copyProgressOf(context: CommandContext): CopyProgressView {
  return context.isTerminal ? barOn() : linesOn(context);
}

function endedPages({ pagesCopied, pagesPresent, pagesFailed }: MoveProgress__Output): number {
  return pagesCopied + pagesPresent + pagesFailed;
}

function barOn(): CopyProgressView {
  const format = 'copy {bar} {percentage}% | {value}/{total} pages over {lane}';
  const bar = new SingleBar(
    { format, stream: process.stderr, clearOnComplete: true },
    Presets.shades_classic,
  );
  bar.start(1, 0, { lane: '-' });
  return {
    show: (progress) => {
      bar.setTotal(Math.max(1, progress.pagesTotal));
      bar.update(endedPages(progress), { lane: progress.lane });
    },
    stop: () => bar.stop(),
  };
}

function linesOn(context: CommandContext): CopyProgressView {
  let nextPart = lineEachPart;
  return {
    show: (progress) => {
      const part = endedPages(progress) / Math.max(1, progress.pagesTotal);
      if (part < nextPart || progress.done) return;
      nextPart = Math.floor(part / lineEachPart + 1) * lineEachPart;
      context.err(`copy: ${endedPages(progress)} of ${progress.pagesTotal} pages over ${progress.lane}\n`);
    },
    stop: () => {},
  };
}
