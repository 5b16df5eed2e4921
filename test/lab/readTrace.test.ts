import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lineBytesMax } from '../../src/lab/readLines.js';
import { readTrace } from '../../src/lab/readTrace.js';
import { requestsOf } from '../sim/prefixTraces.js';

const folder = mkdtempSync(join(tmpdir(), 'kvtide-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function file(...lines: readonly (string | object)[]): string {
  files += 1;
  const path = join(folder, `${files}.jsonl`);
  writeFileSync(
    path,
    lines.map((line) => (typeof line === 'string' ? line : `${JSON.stringify(line)}\n`)).join(''),
  );
  return path;
}

const line = { timestamp: 5, input_length: 600, output_length: 7, hash_ids: [10, 11] };
const bailian = { ...line, chat_id: 4, parent_chat_id: -1, type: 'text', turn: 1, timestamp: 61.25 };

describe('trace files', () => {
  it("reads Mooncake's lines: ms, blocks of 512 tokens", async () => {
    const path = file(line, { ...line, timestamp: 6, hash_ids: [10, 12], input_length: 1000 });
    const { trace, skipped } = await readTrace(path, { skipBad: false });
    expect(requestsOf(trace)).toEqual([
      [0, 1],
      [0, 2],
    ]);
    expect([...trace.timeMs]).toEqual([5, 6]);
    expect([...trace.inputTokens]).toEqual([600, 1000]);
    expect([...trace.outputTokens]).toEqual([7, 7]);
    expect([trace.blockTokens, trace.uniqueBlocks, skipped]).toEqual([512, 3, 0]);
  });

  it("reads Alibaba's lines: seconds, blocks of 16 tokens", async () => {
    const { trace } = await readTrace(file(bailian), { skipBad: false });
    expect([trace.timeMs[0], trace.blockTokens, trace.requests]).toEqual([61_250, 16, 1]);
  });

  it('reads recordings of a worker, and passes over what its tiers did', async () => {
    const header = { kvtide: 'trace', version: 1, blockTokens: 64, namespace: 'abc' };
    const key = '00000001000000ff';
    const request = { ...line, kind: 'attend', hash_ids: [key] };
    const path = file(header, { event: 'insert', handle: 3 }, request);
    const { trace } = await readTrace(path, { skipBad: false });
    expect([trace.requests, trace.blockTokens, trace.kind[0]]).toEqual([1, 64, 2]);
    expect([trace.keyHigh[0], trace.keyLow[0]]).toEqual([1, 255]);
  });

  const cases: [string, readonly (string | object)[], RegExp][] = [
    ['a truncated line', [line, '{"timestamp": 6, "input_le'], /line 2: it breaks off before its end/],
    ['a line that is no JSON', [line, 'hello\n'], /line 2: it is no JSON/],
    ['a wrong type', [{ ...line, input_length: 'six' }], /line 1: input_length: .*expected number/],
    ['a wrong type in a list', [line, { ...line, hash_ids: [1, null] }], /line 2: hash_ids\.1: .*number/],
    ['a missing key', [{ timestamp: 1 }], /line 1: input_length: /],
    ['a list', ['[1, 2]\n'], /line 1: .*expected object/],
    [
      'times going backwards',
      [line, { ...line, timestamp: 4 }],
      /line 2: time goes backwards, from 5 to 4 ms/,
    ],
    [
      'an id past 2^53',
      [line, '{"timestamp":6,"input_length":1,"output_length":0,"hash_ids":[9007199254740993]}'],
      /line 2: the block id 9007199254740992 is no whole number from 0 to 2\^53 - 1/,
    ],
    ['a negative id', [{ ...line, hash_ids: [-1] }], /line 1: the block id -1/],
    ['an id that is no whole number', [{ ...line, hash_ids: [1.5] }], /line 1: the block id 1\.5/],
    ['negative tokens', [{ ...line, output_length: -3 }], /line 1: output_length: /],
    [
      'a recording of a later version',
      [{ kvtide: 'trace', version: 2, blockTokens: 1 }],
      /line 1: version: /,
    ],
    ['an endless line', [line, 'x'.repeat(lineBytesMax + 1), '\n', line], /line 2: it has more than 16 MiB/],
  ];

  it.each(cases)('%s is refused with its place', async (_name, lines, message) => {
    const path = file(...lines);
    await expect(readTrace(path, { skipBad: false })).rejects.toThrow(message);
    await expect(readTrace(path, { skipBad: false })).rejects.toThrow(path);
  });

  it.each(cases)('%s is left out and counted where that is asked for', async (_name, lines) => {
    const path = file(line, ...lines.filter((one) => one !== line), '\n', { ...line, timestamp: 9 });
    const { trace, skipped, firstFault } = await readTrace(path, { skipBad: true });
    expect([trace.requests, skipped]).toEqual([2, 1]);
    expect(firstFault).toMatch(/line 2: /);
  });

  it.each([
    ['an empty file', []],
    ['a file of empty lines', ['\n\n']],
    ['a recording without requests', [{ kvtide: 'trace', version: 1, blockTokens: 64 }]],
  ])('%s holds no requests', async (_name, lines) => {
    await expect(readTrace(file(...lines), { skipBad: true })).rejects.toThrow(/holds no requests/);
  });

  it('a file that is not there, or no file, is told as such', async () => {
    await expect(readTrace(join(folder, 'none'), { skipBad: false })).rejects.toThrow(/none does not exist/);
    await expect(readTrace(folder, { skipBad: false })).rejects.toThrow(/cannot be read/);
  });
});
