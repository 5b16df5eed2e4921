import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { xxh64 } from '@node-rs/xxhash';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { KvClient } from '../../src/client/kvClient.js';
import type { BlockKey } from '../../src/core/blockKey.js';
import { type UpCluster, upCluster } from '../support/upCluster.js';

/** Debian's, which has Debian's packages; another python3 may come first in PATH. */
const python = '/usr/bin/python3';
const reportSchema = z.object({
  blocks: z.number(),
  pages: z.number(),
  missesBefore: z.number(),
  outcomes: z.array(z.string()),
  right: z.number(),
  exists: z.boolean(),
  keys: z.array(z.string()),
});

let folder: string;

function run(command: string, ...args: string[]): string {
  const env = {
    ...process.env,
    KVTIDE_STUBS: folder,
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONPATH: 'examples/python',
  };
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', env });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(' ').slice(0, 200)}: ${error?.message ?? stderr}`);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kvtide-python-'));
  const packages = 'python3-grpcio, python3-protobuf and protobuf-compiler';
  const has = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
  if (!has(python, '-c', 'import grpc, google.protobuf') || !has('protoc', '--version')) {
    throw new Error(`the Python example needs the Debian packages ${packages}: apt-get install them`);
  }
  run('sh', 'examples/python/generate.sh', folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('xxh64 in Python', () => {
  it('gives the known hashes, and those of the native one for every length and seed', () => {
    const program = `
import json
from xxh64 import xxh64
data = bytes(at * 131 % 256 for at in range(300))
print(json.dumps([[str(xxh64(data[:n], seed)) for n in range(300)] for seed in (0, 1, 2**64 - 59)]))
print(hex(xxh64(b"")), hex(xxh64(b"a")), hex(xxh64(b"Nobody inspects the spammish repetition")))`;
    const [lists, known] = run(python, '-c', program).trim().split('\n');
    expect(known).toBe('0xef46db3751d8e999 0xd24ec4f1a98c6e5b 0xfbcea83c8a378bf1');
    const data = Uint8Array.from({ length: 300 }, (_, at) => (at * 131) % 256);
    const native = [0n, 1n, 2n ** 64n - 59n].map((seed) =>
      Array.from(data, (_, n) => `${xxh64(data.subarray(0, n), seed)}`),
    );
    expect(JSON.parse(lists!)).toEqual(native);
  });
});

describe('the Python example', () => {
  let store: UpCluster;
  beforeAll(async () => {
    // Two workers a layer range: the example has to find each block's owner as the SDK does.
    store = await upCluster(['--kv-config', 'examples/store.json', '--stages', '2', '--workers', '4']);
  });
  afterAll(() => store.stop());

  const ask = () =>
    reportSchema.parse(JSON.parse(run(python, 'examples/python/block_mode.py', store.address, 'snake')));

  it('puts and gets pages that the SDK finds under the same keys, byte for byte', async () => {
    expect(ask()).toMatchObject({
      blocks: 3,
      pages: 12,
      missesBefore: 12,
      outcomes: ['stored'],
      right: 12,
      exists: true,
    });
    const second = ask();
    expect(second).toMatchObject({ missesBefore: 0, outcomes: ['present'], right: 12 });

    const client = await KvClient.connect(store.address, { tenant: 'snake', lanes: ['grpc'] });
    try {
      const { geometry } = await client.model();
      const tokens = Array.from({ length: 3 * geometry.blockTokens + 5 }, (_, at) => at);
      const keys = await client.blocks.keys(tokens);
      expect(keys).toEqual(second.keys as BlockKey[]);
      const pages = keys.flatMap((block) => geometry.layers.map((_, layer) => ({ block, layer })));
      const found = await client.blocks.get(pages).all();
      const halfBytes = geometry.kvHeads * geometry.blockTokens * geometry.headDim * 4;
      found.forEach((page, at) => {
        const salt = Math.floor(at / geometry.layers.length) * 31 + (at % geometry.layers.length) * 7;
        const k = Uint8Array.from({ length: halfBytes }, (_, n) => (salt + (n % 251)) % 251);
        expect(page).toMatchObject({ kind: 'hit', k, v: k.toReversed() });
      });
    } finally {
      await client.close();
    }
  });

  it('tells apart what a server refuses', () => {
    const program = `
import sys
from kvtide_blocks import Blocks, KvtideError
blocks = Blocks(sys.argv[1])
blocks.namespace = "0" * 64
try:
    blocks.get([(bytes(32), 0)])
except KvtideError as error:
    print(error.kind)`;
    expect(run(python, '-c', program, store.address).trim()).toBe('invalid');
  });
});
