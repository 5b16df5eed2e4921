/** One finished system call of a recording made by `strace -f -y -xx`. */
export interface SystemCall {
  readonly name: string;
  /** What stands between the brackets. */
  readonly args: string;
  readonly result: number;
  /** Lines of the recording: a call that took time has other calls between its two. */
  readonly startedAt: number;
  readonly endedAt: number;
}

const whole = /^(\d+) +(\w+)\((.*)\) += (-?\d+)/;
const begun = /^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$/;
const resumed = /^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+)/;

/** Reads a recording line by line; calls come in the order in which they ended. What never ended is left out. */
export function* systemCalls(lines: Iterable<string>): Generator<SystemCall> {
  const open = new Map<
    string,
    { readonly name: string; readonly args: string; readonly startedAt: number }
  >();
  let at = 0;
  for (const line of lines) {
    at += 1;
    const simple = whole.exec(line);
    if (simple !== null) {
      const [, , name = '', args = '', result] = simple;
      yield { name, args, result: Number(result), startedAt: at, endedAt: at };
      continue;
    }
    const first = begun.exec(line);
    if (first !== null) {
      const [, thread = '', name = '', args = ''] = first;
      open.set(thread, { name, args, startedAt: at });
      continue;
    }
    const [, thread = '', name, rest = '', result] = resumed.exec(line) ?? [];
    const start = open.get(thread);
    if (start === undefined || start.name !== name) continue;
    open.delete(thread);
    yield {
      name,
      args: start.args + rest,
      result: Number(result),
      startedAt: start.startedAt,
      endedAt: at,
    };
  }
}

/** The bytes of a text that `strace -xx` wrote. */
export function bytesOf(escaped: string): Buffer {
  return Buffer.from(escaped.replaceAll('\\x', ''), 'hex');
}
