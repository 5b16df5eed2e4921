import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultTraceFileBounds, TraceFile, type TraceTarget } from '../../src/observe/traceFile.js';

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

  it('writes on where a write was short', async () => {
    const disk = memoryFile({ bytesAtOnce: 7 });
    const file = new TraceFile(disk, () => {});
    for (let number = 1; number <= 9; number += 1) file.write(`{"policy":"é","number":${number}}`);
    await file.close();
    const numbers = disk
      .text()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).number);
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(file.figures).toEqual({ lines: 9, bytes: Buffer.byteLength(disk.text()), dropped: 0 });
  });

  it.each([true, false])(
    'ends with a whole line and one warning when the disk is full (truncates: %s)',
    async (truncates) => {
      const disk = memoryFile({ bytesAtOnce: 10, room: 30, truncates });
      const warnings: string[] = [];
      const file = new TraceFile(disk, (message) => warnings.push(message));
      for (let number = 1; number <= 4; number += 1) file.write(`{"number":${number}}`);
      await file.close();
      expect(file.write('{"number":5}')).toBe(false);
      expect(file.figures).toEqual({ lines: 2, bytes: 26, dropped: 3 });
      const end = truncates ? '' : ' and half a line';
      expect(warnings).toEqual([
        `the recording ends after 26 bytes${end}, 2 lines that it had taken are lost: no space left`,
      ]);
      expect(disk.text()).toBe(`{"number":1}\n{"number":2}\n${truncates ? '' : '{"nu'}`);
    },
  );

  it('takes nothing once it is to be closed, and warns where that fails', async () => {
    const warnings: string[] = [];
    const file = new TraceFile(memoryFile({ closes: false }), (message) => warnings.push(message));
    expect(file.write('{"number":1}')).toBe(true);
    const closing = file.close();
    expect(file.write('{"number":2}')).toBe(false);
    await closing;
    expect(file.figures).toMatchObject({ lines: 1, dropped: 1 });
    expect(warnings).toEqual(['the recording may lack its end: no close']);
  });
});

/** A file in memory that may take little at once, and little in all. */
function memoryFile({
  bytesAtOnce = 2 ** 20,
  room = 2 ** 20,
  truncates = true,
  closes = true,
}): TraceTarget & { text(): string } {
  let content = Buffer.alloc(0);
  return {
    write: async (bytes, offset) => {
      const taken = Math.min(bytes.length - offset, bytesAtOnce, room - content.length);
      if (taken === 0) throw new Error('no space left');
      content = Buffer.concat([content, bytes.subarray(offset, offset + taken)]);
      return { bytesWritten: taken };
    },
    truncate: async (length) => {
      if (!truncates) throw new Error('no truncation');
      content = content.subarray(0, length);
    },
    close: async () => {
      if (!closes) throw new Error('no close');
    },
    text: () => content.toString(),
  };
}
