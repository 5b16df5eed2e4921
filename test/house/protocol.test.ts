import { xxh64 } from '@node-rs/xxhash';
import { describe, expect, it } from 'vitest';
import { rendezvous } from '../../src/client/rendezvous.js';
import { type BlockKey, blockKeysOf } from '../../src/core/blockKey.js';
import { errorKinds } from '../../src/core/errors.js';
import { type NamespaceId, rootKeyOf } from '../../src/core/namespace.js';
import type { WorkerId } from '../../src/core/plan.js';
import { protocolVersion } from '../../src/core/protocol.js';
import { coordinatorEndpoints, workerEndpoints } from '../../src/rpc/endpoints.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import { encodeHeader, frameHeaderBytes } from '../../src/transfer/laneFrame.js';
import { answerCodes, laneOps } from '../../src/transfer/laneOps.js';
import { ticketBytes } from '../../src/transfer/laneTickets.js';
import { projectFiles, readProjectFile } from './projectFiles.js';

const document = readProjectFile('docs/protocol.md');
/** The part under a heading, up to the next of its level or above. */
function section(heading: string): string {
  const [, level] = new RegExp(`^(#+) ${heading}$`, 'm').exec(document) ?? [];
  if (level === undefined) throw new Error(`no heading "${heading}"`);
  const from = document.indexOf(`${level} ${heading}\n`);
  const next = new RegExp(`^#{1,${level.length}} `, 'm').exec(document.slice(from + level.length + 2));
  return next === null ? document.slice(from) : document.slice(from, from + level.length + 2 + next.index);
}
/** The cells of a section's tables. */
const cells = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

describe('docs/protocol.md', () => {
  it.each([
    ['Coordinator', coordinatorEndpoints],
    ['Worker', workerEndpoints],
  ] as const)('names every RPC of %s, as what it is', (service, endpoints) => {
    const rows = cells(section(service)).filter(([, kind]) => kind === 'unary' || kind === 'bidi');
    const told = rows.flatMap(([names, kind]) =>
      [...names!.matchAll(/`(\w+)`/g)].map(([, name]) => ({ name: name!, kind: kind! })),
    );
    const real = Object.values(endpoints).map(({ name, kind }) => ({
      name: name as string,
      kind: kind === 'request' ? 'unary' : 'bidi',
    }));
    const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
    expect(told.toSorted(byName)).toEqual(real.toSorted(byName));
  });

  it('names every op of a frame by its number, and every code of an answer', () => {
    const ops = cells(section('Frames')).filter(([number]) => /^\d+$/.test(number!));
    const named = ops.flatMap(([number, name]) => {
      const [, op] = /^`(\w+)`$/.exec(name!) ?? [];
      return op === undefined ? [] : [[op, Number(number)]];
    });
    expect(Object.fromEntries(named)).toEqual(laneOps);
    const codes = /^Codes of an `answer`: (.*)\./m.exec(document)?.[1] ?? '';
    const told = [...codes.matchAll(/(\d+) `(\w+)`/g)].map(([, number, name]) => [name, Number(number)]);
    expect(Object.fromEntries(told)).toEqual(answerCodes);
  });

  it('lays the header of a frame out as it is', () => {
    const header = encodeHeader({
      op: 0x11,
      code: 0x2222,
      request: 0x33333333,
      payloadBytes: 0x44444444,
      checksum: 0x5555555555555555n,
      layer: 0x66666666,
      blockIndex: 0x77777777,
      block: '88'.repeat(32) as BlockKey,
    });
    const fields = ['magic', 'version', 'op', 'code', 'request', 'payload bytes', 'checksum', 'layer'];
    const filled = [null, 1, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88];
    const rows = cells(section('Frames')).filter((row) => /^\d+$/.test(row[0]!) && /^\d+$/.test(row[1]!));
    expect(rows.map(([, , field]) => field)).toEqual([...fields, 'block index', 'block key']);
    expect(header.subarray(0, 4).toString()).toBe('KVTF');
    rows.forEach(([offset, bytes], at) => {
      const value = filled[at];
      const told = header.subarray(Number(offset), Number(offset) + Number(bytes));
      if (value !== null) expect([...new Set(told)], rows[at]![2]).toEqual([value]);
    });
    const [offset, bytes] = rows.at(-1)!;
    expect(Number(offset) + Number(bytes)).toBe(frameHeaderBytes);
    expect(document).toContain(`header of ${frameHeaderBytes} bytes`);
    expect(document).toContain(`a ticket of ${ticketBytes} bytes`);
  });

  it('names every kind of error, key of metadata, outcome and the version', () => {
    const kinds = cells(section('Errors')).map(([kind]) => kind!.replaceAll('`', ''));
    expect(kinds.filter((kind) => kind !== 'kind').toSorted()).toEqual([...errorKinds].toSorted());
    const keys = projectFiles((path) => path.startsWith('src/rpc/') && path.endsWith('.ts'))
      .flatMap((path) => readProjectFile(path).match(/'kvtide-[a-z-]+'/g) ?? [])
      .map((key) => key.slice(1, -1));
    expect(keys.length).toBeGreaterThan(2);
    for (const key of keys) expect(section('Metadata')).toContain(`\`${key}\``);
    const proto = readProjectFile('proto/kvtide/v1/worker.proto');
    for (const [message, heading] of [
      ['PutPageResponse', 'PutPages'],
      ['GetPageResponse', 'GetPages'],
    ] as const) {
      const [, outcomes = ''] = new RegExp(`message ${message} \\{[^}]*?// (".*")\\n`).exec(proto) ?? [];
      const names = [...outcomes.matchAll(/"(\w+)"/g)].map(([, name]) => name);
      expect(names.length).toBeGreaterThan(4);
      for (const name of names) expect(section(heading)).toContain(`\`${name}\``);
    }
    expect(document).toContain(`\`major\` ${protocolVersion.major}, \`minor\` ${protocolVersion.minor}`);
  });

  it('gives values to check a client by', () => {
    const root = rootKeyOf(Buffer.from('secret'), 'docs', 'ab'.repeat(32) as NamespaceId);
    const tokens = Array.from({ length: 32 }, (_, id) => id);
    const [first, second] = blockKeysOf(root, tokens, 16) as [BlockKey, BlockKey];
    const k = Uint8Array.from({ length: 512 }, (_, at) => at % 251);
    const v = Uint8Array.from({ length: 512 }, (_, at) => (at * 7) % 251);
    const hex = (hash: bigint) => hash.toString(16).padStart(16, '0');
    const told = section('Values to check by');
    for (const value of [root, first, second, hex(pageChecksum({ k, v }))]) expect(told).toContain(value);
    for (const worker of ['worker-a', 'worker-b']) expect(told).toContain(hex(xxh64(first + worker)));
    const [a, b] = ['worker-a', 'worker-b'].map((id) => ({ id: id as WorkerId })) as [
      { id: WorkerId },
      { id: WorkerId },
    ];
    expect(told).toContain(`goes to \`${rendezvous(first, [a, b]).id}\``);
  });
});
