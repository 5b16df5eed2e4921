import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { EmbeddedCluster } from '../../src/cli/embeddedCluster.js';
import { readSettings } from '../../src/cli/readSettings.js';
import { KvClient } from '../../src/client/kvClient.js';
import { type BlockKey, blockKeyFromBytes, packBlockKeys } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import { halfPageBytes } from '../../src/core/geometry.js';
import { coordinatorEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import { SeededRandom } from '../../src/sim/seededRandom.js';
import type { BenchContext, BenchResult, BenchRow } from '../support/bench.js';
import { benchSeed } from '../support/benchSeed.js';
import { median } from '../support/median.js';
import { quantile } from '../support/quantile.js';
import { kolmogorovSmirnov } from './kolmogorovSmirnov.js';

const fullSizes = { probes: 10_000, warmUp: 1000 };
const shortSizes = { probes: 1000, warmUp: 200 };
const storedBlocks = 256;
const splits = 200;
/** Of the distances between random halves: what one of a hundred pairs of halves exceeds. */
const halvesShare = 0.99;

const kvConfig = { name: 'bench/probes', layers: 1, kvHeads: 1, headDim: 16, dtype: 'f32', blockTokens: 16 };
const secrets = { victim: '5a'.repeat(32), prober: 'a5'.repeat(32) };

/** One question about one block; rejects when the answer says that the block is there though it may not. */
type Probe = (key: BlockKey, mayBeThere: boolean) => Promise<void>;

/**
 * A tenant asks for blocks that another one has and for blocks that nobody has, in random order. How far the times
 * of the two kinds are apart (Kolmogorov-Smirnov) is held against how far random halves of one kind are: their
 * 99th percentile, which two samples of one distribution pass less than once in a thousand runs. The same for
 * blocks of the tenant's own, there and not, shows that the measure sees what is to be seen.
 */
export async function probes(context: BenchContext): Promise<BenchResult> {
  const seed = benchSeed();
  context.tell(`seed ${seed}`);
  const folder = await mkdtemp(join(tmpdir(), 'kvtide-probes-'));
  let cluster: EmbeddedCluster | null = null;
  try {
    const [config, tenantsFile] = [join(folder, 'kv.json'), join(folder, 'tenants.json')];
    await writeFile(config, JSON.stringify(kvConfig));
    const tenants = { victim: { secret: secrets.victim }, prober: { secret: secrets.prober } };
    await writeFile(tenantsFile, JSON.stringify({ tenants }));
    const flags = {
      kvConfig: config,
      tenantsFile,
      stages: 1,
      pinnedBytes: '64MiB',
      dataDir: join(folder, 'data'),
    };
    const settings = await readSettings({ flags, environment: {} });
    cluster = await EmbeddedCluster.start(settings, context.tell, context.signal);
    return await measure(cluster.address, seed, context);
  } finally {
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(address: string, seed: number, context: BenchContext): Promise<BenchResult> {
  const sizes = context.short ? shortSizes : fullSizes;
  const random = new SeededRandom(seed);
  const victims = await fill(address, 'victim', random);
  const own = await fill(address, 'prober', random);
  const prober = await connect(address, 'prober');
  const missing = (await prober.blocks.keys(tokensOf(storedBlocks, random))).slice(0, storedBlocks);
  const nobodys = Array.from({ length: storedBlocks }, () => blockKeyFromBytes(randomKey(random)));
  const peer = new GrpcNetwork().dial(address);
  const rows: BenchRow[] = [];
  const worst = { value: 0, name: '' };
  const failures: string[] = [];
  try {
    for (const [name, probe] of await questions(prober, peer)) {
      const strange = await differ(
        probe,
        { there: victims, absent: nobodys, mayBeThere: false },
        sizes,
        random,
      );
      rows.push({ name: `${name}: another tenant's, nobody's`, n: sizes.probes, figures: strange });
      if (strange.difference_vs_halves > worst.value)
        Object.assign(worst, { value: strange.difference_vs_halves, name });
      const control = await differ(probe, { there: own, absent: missing, mayBeThere: true }, sizes, random);
      rows.push({ name: `${name}: its own, there and not`, n: sizes.probes, figures: control });
      if (name === 'get' && control.difference_vs_halves <= 1)
        failures.push(
          'the times of own pages that are there and that are not look alike: the measure sees nothing',
        );
    }
  } finally {
    peer.close();
    await prober.close();
  }
  return {
    rows,
    ratios: [
      {
        name: 'probe_difference_vs_halves',
        value: worst.value,
        n: sizes.probes,
        baseline: `99th percentile of random halves, of ${worst.name}`,
      },
    ],
    missing: [],
    failures,
  };
}

async function questions(
  client: KvClient,
  peer: ReturnType<GrpcNetwork['dial']>,
): Promise<[string, Probe][]> {
  const { namespace } = await client.model();
  const call = { tenant: 'prober' };
  const check = (found: boolean, mayBeThere: boolean) => {
    if (found && !mayBeThere) throw new KvError('internal', "another tenant's block was found");
  };
  return [
    [
      'lookup',
      async (key, mayBeThere) => {
        const message = { namespace, blocks: packBlockKeys([key]) };
        const { cachedBlocks } = await peer.request(coordinatorEndpoints.lookup, message, call);
        check(cachedBlocks > 0, mayBeThere);
      },
    ],
    [
      'locate',
      async (key, mayBeThere) => {
        const message = { namespace, blocks: packBlockKeys([key]) };
        const { blocks } = await peer.request(coordinatorEndpoints.locate, message, call);
        check(
          blocks.some(({ places }) => places.length > 0),
          mayBeThere,
        );
      },
    ],
    [
      'get',
      async (key, mayBeThere) => {
        for await (const { kind } of client.blocks.get([{ block: key, layer: 0 }]))
          check(kind !== 'miss', mayBeThere);
      },
    ],
  ];
}

async function differ(
  probe: Probe,
  {
    there,
    absent,
    mayBeThere,
  }: { there: readonly BlockKey[]; absent: readonly BlockKey[]; mayBeThere: boolean },
  { probes: count, warmUp }: typeof fullSizes,
  random: SeededRandom,
) {
  const times = { there: new Float64Array(count), absent: new Float64Array(count) };
  const ask = async (kind: 'absent' | 'there') => {
    const keys = kind === 'there' ? there : absent;
    const key = keys[random.word() % keys.length]!;
    const startedMs = performance.now();
    await probe(key, mayBeThere);
    return performance.now() - startedMs;
  };
  for (let round = 0; round < warmUp; round += 1) await ask(round % 2 === 0 ? 'there' : 'absent');
  for (let round = 0; round < count; round += 1) {
    const order = random.word() % 2 === 0 ? (['there', 'absent'] as const) : (['absent', 'there'] as const);
    for (const kind of order) times[kind][round] = await ask(kind);
  }
  const halves = Array.from({ length: splits }, (_, at) =>
    halvesApart(at % 2 === 0 ? times.there : times.absent, random),
  );
  const difference = kolmogorovSmirnov(times.there, times.absent);
  const ofHalves = quantile(halves, halvesShare);
  return {
    there_median_us: 1000 * median([...times.there]),
    absent_median_us: 1000 * median([...times.absent]),
    difference,
    halves_p99: ofHalves,
    difference_vs_halves: difference / ofHalves,
  };
}

function halvesApart(times: Float64Array, random: SeededRandom): number {
  const mixed = times.slice();
  for (let at = mixed.length - 1; at > 0; at -= 1) {
    const other = random.word() % (at + 1);
    [mixed[at], mixed[other]] = [mixed[other]!, mixed[at]!];
  }
  return kolmogorovSmirnov(mixed.subarray(0, mixed.length / 2), mixed.subarray(mixed.length / 2));
}

/** Stores blocks of the tenant. @returns the keys, each the first of a chain: `lookup` finds it by itself. */
async function fill(
  address: string,
  tenant: keyof typeof secrets,
  random: SeededRandom,
): Promise<BlockKey[]> {
  const client = await connect(address, tenant);
  try {
    const { geometry } = await client.model();
    const half = new Uint8Array(halfPageBytes(geometry));
    const keys: BlockKey[] = [];
    for (let block = 0; block < storedBlocks; block += 1)
      keys.push(...(await client.blocks.keys(tokensOf(1, random))));
    const pages = keys.map((block) => ({ block, layer: 0, blockIndex: 0, k: half, v: half }));
    for await (const { kind } of client.blocks.put(pages)) {
      if (kind !== 'stored') throw new KvError('internal', `a page could not be stored: ${kind}`);
    }
    for (const key of keys) {
      while ((await client.blocks.lookup([key])).blocks === 0)
        await new Promise((wake) => setTimeout(wake, 10));
    }
    return keys;
  } finally {
    await client.close();
  }
}

function connect(address: string, tenant: keyof typeof secrets): Promise<KvClient> {
  return KvClient.connect(address, {
    tenant,
    tenantSecret: Buffer.from(secrets[tenant], 'hex'),
    lanes: ['grpc'],
  });
}

function tokensOf(blocks: number, random: SeededRandom): Uint32Array {
  return Uint32Array.from({ length: blocks * kvConfig.blockTokens }, () => random.word());
}

function randomKey(random: SeededRandom): Uint8Array {
  return new Uint8Array(Uint32Array.from({ length: 8 }, () => random.word()).buffer);
}
