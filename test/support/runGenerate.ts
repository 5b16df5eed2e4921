import { vi } from 'vitest';
import { type GenerateReport, generateReportSchema } from '../../src/cli/generateReport.js';
import { type Finished, Kvtide } from '../e2e/runKvtide.js';

/** A run that takes longer hangs. */
const hangMs = 90_000;
/** A test has several runs, and one that hangs is told with what it said. */
vi.setConfig({ testTimeout: 4 * hangMs, hookTimeout: 2 * hangMs });

export interface Generated {
  readonly report: GenerateReport;
  readonly stderr: string;
}

/** Runs a command line of kvtide to its end; one that hangs is killed, and fails with what it said. */
export async function runToEnd(args: readonly string[]): Promise<Finished> {
  const run = new Kvtide(args);
  let hangs = false;
  const timer = setTimeout(() => {
    hangs = true;
    run.process.kill('SIGKILL');
  }, hangMs);
  try {
    const finished = await run.finished();
    if (hangs) throw new Error(`kvtide ${args.join(' ')} hangs; it said: ${finished.stderr}`);
    return finished;
  } finally {
    clearTimeout(timer);
    run.dispose();
  }
}

/** `kvtide generate … --ignore-eos --top-logits 5 --json`, which must succeed. */
export async function runGenerate(args: readonly string[]): Promise<Generated> {
  const line = ['generate', ...args, '--ignore-eos', '--top-logits', '5', '--json'];
  const { code, stdout, stderr } = await runToEnd(line);
  if (code !== 0) throw new Error(`kvtide ${line.join(' ')}: exit code ${code}: ${stderr}`);
  return { report: generateReportSchema.parse(JSON.parse(stdout)), stderr };
}
