import { setTimeout as pause } from 'node:timers/promises';
import type { BlockKey } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import type { Peer } from '../../src/core/ports/network.js';
import { coordinatorEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import type { Lane } from '../../src/transfer/lane.js';
import { defaultLaneLimits } from '../../src/transfer/laneLimits.js';
import { openLane } from '../../src/transfer/openLane.js';
import { askedBlocks, askedHalfBytes, blockOf } from './askedPages.js';
import { type Asked, type Asking, askingSchema } from './askingMessages.js';

// Many clients in one process, each with connections of its own and one thing asked at a time. They ask
// again at once when they are served, and when they are told to when they are not.

/** An answer that takes longer counts as none. */
const answerMsMax = 5_000;
/** Of each so many asked, one is a put and one a lookup; the others are gets. */
const putEvery = 5;
const lookupEvery = 10;

const counts: Asked = { kind: 'asked', acceptedMs: [], rejected: 0, otherwise: [], timeouts: 0 };
const network = new GrpcNetwork();
const view = { k: new Uint8Array(askedHalfBytes).fill(1), v: new Uint8Array(askedHalfBytes).fill(2) };
const into = { k: new Uint8Array(askedHalfBytes), v: new Uint8Array(askedHalfBytes) };
const checksum = pageChecksum(view);

/** The milliseconds to stay away; null when it was served. */
type Told = number | null;

async function ask(lane: Lane, coordinator: Peer, asking: Asking, client: number, n: number): Promise<Told> {
  if (n % lookupEvery === 1) {
    const { namespace } = asking;
    const message = { namespace, blocks: Buffer.from(blockOf(n % askedBlocks), 'hex') };
    await coordinator.request(coordinatorEndpoints.lookup, message, { timeoutMs: answerMsMax });
    return null;
  }
  const isPut = n % putEvery === 2;
  const signal = AbortSignal.timeout(answerMsMax);
  const end = isPut
    ? await lane.put({ id: { block: ownBlock(client, n), layer: 0 }, view, blockIndex: 0, checksum }, signal)
    : await lane.get({ block: blockOf((client + n) % askedBlocks), layer: 0 }, into, signal);
  if (end.kind === 'throttled') return end.retryAfterMs;
  if (end.kind === 'unavailable') throw end.cause;
  if (['hit', 'stored', 'present', 'full'].includes(end.kind)) return null;
  throw new KvError('internal', `a page was answered by ${end.kind}`);
}

const ownBlock = (client: number, n: number): BlockKey => blockOf((client + 1) * 1_000_000 + n);

function hintOf(error: KvError): number | null {
  const { retryAfterMs } = error.context;
  return error.kind === 'exhausted' && typeof retryAfterMs === 'number' ? retryAfterMs : null;
}

/** @returns how long to stay away. */
function failed(thrown: unknown): number {
  const error = KvError.from(thrown);
  const hint = hintOf(error);
  if (hint !== null) counts.rejected += 1;
  else if (error.kind === 'timedOut' || isTimeout(error.cause)) counts.timeouts += 1;
  else counts.otherwise.push(`${error.kind}: ${error.message}`);
  return hint ?? 1_000;
}

const isTimeout = (cause: unknown): boolean => cause instanceof Error && cause.name === 'TimeoutError';

async function laneOf(peer: Peer, { namespace }: Asking, client: number): Promise<Lane> {
  return await openLane({
    peer,
    namespace: namespace as NamespaceId, // as the cluster said it
    name: `client-${client}`,
    allowed: ['grpc'],
    halfBytes: askedHalfBytes,
    call: { tenant: 'default' },
    limits: { ...defaultLaneLimits, collectorRoomBytes: 0 },
  });
}

interface Client {
  readonly number: number;
  readonly peer: Peer;
  readonly coordinator: Peer;
  readonly lane: Lane;
}

/** Opens what the client asks over, so that connecting is not what is measured. */
async function connect(asking: Asking, number: number): Promise<Client> {
  const peer = network.dial(asking.worker);
  const coordinator = network.dial(asking.coordinator);
  const lane = await laneOf(peer, asking, number);
  for (const n of [0, 1, 2]) {
    const told = await ask(lane, coordinator, asking, number, n);
    if (told !== null) await pause(told);
  }
  return { number, peer, coordinator, lane };
}

async function run(asking: Asking, { number, ...to }: Client, endsAtMs: number): Promise<void> {
  for (let n = number + lookupEvery; performance.now() < endsAtMs; n += 1) {
    let awayMs = 0;
    try {
      const startMs = performance.now();
      const told = await ask(to.lane, to.coordinator, asking, number, n);
      if (told === null) counts.acceptedMs.push(performance.now() - startMs);
      else {
        counts.rejected += 1;
        awayMs = told;
      }
    } catch (thrown) {
      awayMs = failed(thrown);
    }
    if (awayMs > 0) await pause(awayMs);
  }
}

async function begin(asking: Asking): Promise<void> {
  const clients: Client[] = [];
  for (let at = 0; at < asking.clients; at += 1) clients.push(await connect(asking, asking.first + at));
  process.send?.({ kind: 'connected' });
  process.once('message', async () => {
    const endsAtMs = performance.now() + asking.seconds * 1_000;
    await Promise.all(clients.map((client) => run(asking, client, endsAtMs)));
    process.send?.(counts, () => process.exit(0));
  });
}

process.once('message', (message) => void begin(askingSchema.parse(message)));
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {}); // the bench ends us by closing the channel
