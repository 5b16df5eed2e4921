import { type Client, credentials, loadPackageDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { pageChecksum } from '../../src/transfer/checksum.js';
import { StoreCluster, storeGeometry } from './storeCluster.js';

/** The messages as they were before the last fields came: what a client or worker of the version before has. */
const before = loadPackageDefinition(
  loadSync(['kvtide/v1/coordinator.proto', 'kvtide/v1/worker.proto'], {
    includeDirs: ['test/fixtures/proto-before'],
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  }),
);
const protocol = { major: 1, minor: 0, build: 'the version before' };
const key = Buffer.alloc(32, 5);
const halfBytes = storeGeometry.kvHeads * storeGeometry.blockTokens * storeGeometry.headDim * 4;
const page = { k: Buffer.alloc(halfBytes, 1), v: Buffer.alloc(halfBytes, 2) };

type Message = Record<string, unknown>;
type Unary = (message: Message, answer: (error: ServiceError | null, value: Message) => void) => void;
interface Stream {
  write(message: Message): void;
  end(): void;
  once(event: 'data', heard: (value: Message) => void): void;
  once(event: 'error', heard: (error: ServiceError) => void): void;
}

let cluster: StoreCluster;
const clients: Client[] = [];

function clientOf(
  service: 'Coordinator' | 'Worker',
  address: string,
): Record<string, Unary & (() => Stream)> {
  // The names of the package lead to its services.
  const { kvtide } = before as unknown as {
    readonly kvtide: { readonly v1: Record<string, new (...given: unknown[]) => Client> };
  };
  const client = new kvtide.v1[service]!(address, credentials.createInsecure());
  clients.push(client);
  return client as unknown as Record<string, Unary & (() => Stream)>;
}

const ask = (client: ReturnType<typeof clientOf>, method: string, message: Message): Promise<Message> =>
  new Promise((resolve, reject) => {
    client[method]!(message, (error, value) => (error === null ? resolve(value) : reject(error)));
  });

const converse = (client: ReturnType<typeof clientOf>, method: string, message: Message): Promise<Message> =>
  new Promise((resolve, reject) => {
    const stream = client[method]!();
    stream.once('data', (value) => {
      stream.end();
      resolve(value);
    });
    stream.once('error', reject);
    stream.write(message);
  });

beforeAll(async () => {
  cluster = await StoreCluster.start();
}, 60_000);
afterAll(async () => {
  for (const client of clients) client.close();
  await cluster.stop();
});

it('a client of the version before is served by this one, and this one’s new fields do not disturb it', async () => {
  const coordinator = clientOf('Coordinator', cluster.address);
  const described = z
    .object({
      ready: z.boolean(),
      namespace: z.string().length(64),
      workers: z.array(z.object({ worker: z.string() })),
    })
    .parse(await ask(coordinator, 'Describe', { protocol }));
  expect(described.ready).toBe(true);
  expect(described).not.toHaveProperty('sealedKeys');
  const { namespace } = described;
  const [worker] = cluster.workers;
  const pages = clientOf('Worker', worker!.address);
  const id = { block: key, layer: worker!.layers[0] };
  const checksum = Buffer.alloc(8);
  checksum.writeBigUInt64BE(pageChecksum(page));
  const put = { protocol, namespace, page: id, checksum, blockIndex: 0, ...page };
  expect(await converse(pages, 'PutPages', put)).toMatchObject({ outcome: 'stored' });
  const got = await converse(pages, 'GetPages', { protocol, namespace, page: id, partBytes: 0 });
  expect(got).toMatchObject({ outcome: 'hit', ...page });
  expect(await ask(coordinator, 'Lookup', { namespace, blocks: Buffer.alloc(32, 9) })).toMatchObject({
    cachedBlocks: 0,
  });
  expect(await ask(coordinator, 'Status', {})).toMatchObject({ sequences: 0 });
}, 60_000);

it('one of a later minor is served too, and one of another major is refused in one line', async () => {
  const coordinator = clientOf('Coordinator', cluster.address);
  expect(await ask(coordinator, 'Describe', { protocol: { ...protocol, minor: 7 } })).toMatchObject({
    ready: true,
  });
  await expect(ask(coordinator, 'Describe', { protocol: { ...protocol, major: 2 } })).rejects.toThrow(
    /speaks protocol 2\.0 .*run one major version everywhere$/,
  );
});
