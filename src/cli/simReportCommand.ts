import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { KvError } from '../core/errors.js';
import { isMissing } from '../core/isMissing.js';
import { parseSimResults } from '../lab/parseSimResults.js';
import { reportPage } from '../lab/reportPage.js';
import { reportScript } from '../lab/reportScript.js';
import type { CommandContext } from './commandContext.js';
import type { CommandSpec } from './defineCommand.js';

/** The results of a sweep have some hundred bytes a run, and those of tiers some more. */
const resultBytesMax = 256 * 2 ** 20;

export const simReportCommand: CommandSpec = {
  name: 'report',
  summary: 'Write one HTML page with plots and a table of what kvtide sim --json printed',
  settings: ['from', 'out'],
  examples: [
    'kvtide sim report --from sim.json --out report.html',
    'kvtide sim --trace trace.jsonl --capacity 1000,10000 --json | kvtide sim report --out report.html',
  ],
  run: async ({ from, out, json }, context) => {
    if (json && out === undefined) {
      throw new KvError(
        'invalid',
        '--json wants --out FILE, since the page itself goes to stdout without it',
      );
    }
    const source = from ?? 'stdin';
    const results = parseSimResults(await readText(from, context), source);
    const page = reportPage(results, reportScript());
    if (out === undefined) {
      context.out(page);
      return;
    }
    await writeFile(out, page).catch((cause: unknown) => {
      throw new KvError('invalid', `${out} cannot be written: ${KvError.from(cause).message}`, { cause });
    });
    const bytes = Buffer.byteLength(page);
    if (json) context.out(`${JSON.stringify({ out, bytes, runs: results.runs.length })}\n`);
    else context.err(`${results.runs.length} runs are shown in ${out}\n`);
  },
};

async function readText(from: string | undefined, context: CommandContext): Promise<string> {
  const stream: AsyncIterable<Uint8Array> | null =
    from === undefined ? context.stdin() : createReadStream(from);
  if (stream === null) {
    throw new KvError(
      'invalid',
      '--from is missing; give the file that kvtide sim --json wrote, or pipe it in',
    );
  }
  const source = from ?? 'stdin';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      bytes += chunk.length;
      if (bytes > resultBytesMax) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    if (isMissing(cause)) throw new KvError('notFound', `${source} does not exist`, { cause });
    throw new KvError('invalid', `${source} cannot be read: ${KvError.from(cause).message}`, { cause });
  }
  if (bytes > resultBytesMax) {
    throw new KvError(
      'invalid',
      `${source} has more than ${resultBytesMax / 2 ** 20} MiB, which no result of kvtide sim needs`,
    );
  }
  return Buffer.concat(chunks).toString('utf8');
}
