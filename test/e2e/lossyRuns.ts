import type { GenerateReport } from '../../src/cli/generateReport.js';
import { longCase, writeTokens } from '../support/goldenCases.js';
import { runGenerate } from '../support/runGenerate.js';

const hybrid = 'test/fixtures/golden/smollm3-hybrid';

/** Runs of one prompt on a small device, compared with one whose pages lost nothing. */
export class LossyRuns {
  readonly #common: readonly string[];
  readonly exact: GenerateReport;

  private constructor(common: readonly string[], exact: GenerateReport) {
    this.#common = common;
    this.exact = exact;
  }

  /** @param exactFlags of the run that loses nothing. */
  static async open(pinnedBytes: string, exactFlags: readonly string[] = []): Promise<LossyRuns> {
    const tokens = writeTokens(longCase(hybrid).promptTokens);
    const device = ['--block-tokens', '64', '--device-bytes', '192KiB', '--pinned-bytes', pinnedBytes];
    const common = ['--model', hybrid, '--tokens-file', tokens, '--max-tokens', '8', ...device];
    return new LossyRuns(common, (await runGenerate([...common, ...exactFlags])).report);
  }

  async generate(...flags: string[]): Promise<GenerateReport> {
    return (await runGenerate([...this.#common, ...flags])).report;
  }

  /** How far the highest logits of the first step are from the exact ones; later steps may follow other tokens. */
  errorOf({ steps: [step] }: GenerateReport): number {
    const [wanted] = this.exact.steps;
    return Math.max(...step!.logits.map((logit, rank) => Math.abs(logit - wanted!.logits[rank]!)));
  }
}

export const logitsOf = ({ steps }: GenerateReport): number[] => steps.flatMap(({ logits }) => logits);
