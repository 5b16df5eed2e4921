import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultTraceFileBounds, TraceFile } from '../../src/observe/traceFile.js';

describe('a trace file', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvtide-trace-'));
    path = join(folder, 'trace.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const linesOf = () => readFileSync(path, 'utf8').split('\n').slice(0, -1);

  it('holds the lines in their order once it is closed', async () => {
    const file = await TraceFile.create(path, () => {});
    const lines = Array.from({ length: 5000 }, (_, number) => `{"n":${number}}`);
    for (const line of lines) expect(file.write(line)).toBe(true);
    await file.close();
    expect(linesOf()).toEqual(lines);
    expect(file.figures).toMatchObject({ lines: 5000, dropped: 0 });
  });

  it('leaves out what would make it too large, and says so once', async () => {
    const warnings: string[] = [];
    const bounds = { ...defaultTraceFileBounds, fileBytesMax: 100 };
    const file = await TraceFile.create(path, (message) => warnings.push(message), bounds);
    const taken = Array.from({ length: 30 }, () => file.write('{"number":1}')).filter(Boolean).length;
    await file.close();
    expect(taken).toBe(7);
    expect(linesOf()).toHaveLength(7);
    expect(file.figures).toEqual({ lines: 7, bytes: 91, dropped: 23 });
    expect(warnings).toEqual(['the recording is full at 91 bytes; what comes from now on is not recorded']);
  });

  it('counts what the disk is too slow for, and has a line where that is missing', async () => {
    const file = await TraceFile.create(path, () => {}, { ...defaultTraceFileBounds, waitingBytesMax: 48 });
    const taken = [1, 2, 3, 4, 5].map((number) => file.write(`{"number":${number}}`));
    expect(taken).toEqual([true, true, true, false, false]);
    while (!file.write('{"number":6}')) await new Promise((resolve) => setTimeout(resolve, 1));
    await file.close();
    const lines = linesOf();
    expect(lines.slice(0, 3)).toEqual(['{"number":1}', '{"number":2}', '{"number":3}']);
    expect(lines.at(-1)).toBe('{"number":6}');
    const { event, lines: missing } = JSON.parse(lines.at(-2)!);
    expect({ event, missing }).toEqual({ event: 'dropped', missing: file.figures.dropped });
  });

  it('never takes the place of a file that is there', async () => {
    await (await TraceFile.create(path, () => {})).close();
    await expect(TraceFile.create(path, () => {})).rejects.toThrow('--record');
  });
});
