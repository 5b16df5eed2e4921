import { KvError } from '../core/errors.js';
import type { Trace } from '../sim/trace.js';
import { TraceBuilder } from '../sim/traceBuilder.js';
import { type Line, lineBytesMax, readLines } from './readLines.js';
import { formatOf, type TraceFormat } from './traceFormats.js';

export interface ReadTrace {
  readonly trace: Trace;
  /** Lines that were left out, with `skipBad`. */
  readonly skipped: number;
  /** What was wrong with the first of them. */
  readonly firstFault: string | null;
}

/**
 * Reads a trace file of JSON lines: Mooncake's, Alibaba Bailian's, or a recording of a kvtide worker; the
 * first line tells which.
 * @param skipBad leaves bad lines out and counts them, where otherwise the first one ends the reading.
 * @throws KvError `notFound` or `invalid` that names the file, the line and what is wrong with it.
 */
export async function readTrace(
  path: string,
  { skipBad }: { readonly skipBad: boolean },
): Promise<ReadTrace> {
  const reader = new TraceReader();
  let skipped = 0;
  let firstFault: string | null = null;
  for await (const lines of readLines(path)) {
    for (const line of lines) {
      try {
        reader.read(line);
      } catch (thrown) {
        const fault = new KvError('invalid', `${path}, line ${line.number}: ${KvError.from(thrown).message}`);
        if (!skipBad) throw new KvError('invalid', `${fault.message}; --skip-bad leaves such lines out`);
        skipped += 1;
        firstFault ??= fault.message;
      }
    }
  }
  const trace = reader.trace();
  if (trace === null) throw new KvError('invalid', `${path} holds no requests`);
  return { trace, skipped, firstFault };
}

class TraceReader {
  #format: TraceFormat | null = null;
  #builder: TraceBuilder | null = null;

  /** @throws KvError `invalid` that says what is wrong with the line. */
  read(line: Line): void {
    if (line.kind === 'tooLong') {
      throw new KvError('invalid', `it has more than ${lineBytesMax / 2 ** 20} MiB, which no request needs`);
    }
    if (line.text.trim() === '') return;
    const value = parseLine(line.text);
    if (this.#format === null || this.#builder === null) {
      const { format, isHeader } = formatOf(value);
      const request = isHeader ? null : format.read(value);
      this.#format = format;
      this.#builder = new TraceBuilder(format.blockTokens);
      if (request !== null) this.#builder.add(request);
      return;
    }
    const request = this.#format.read(value);
    if (request !== null) this.#builder.add(request);
  }

  /** Null where there was no request. */
  trace(): Trace | null {
    return this.#builder === null || this.#builder.requests === 0 ? null : this.#builder.build();
  }
}

function parseLine(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const isCut = text.trimStart().startsWith('{') && !text.trimEnd().endsWith('}');
    throw new KvError('invalid', isCut ? 'it breaks off before its end' : 'it is no JSON');
  }
}
