import { KvError } from '../../core/errors.js';
import type { Message, Network, Peer, RequestEndpoint } from '../../core/ports/network.js';
import type { Compare } from '../gen/etcdserverpb/Compare.js';
import type { KeyValue__Output } from '../gen/etcdserverpb/KeyValue.js';
import type { RequestOp } from '../gen/etcdserverpb/RequestOp.js';
import { etcdRange, etcdTxn } from './etcdEndpoints.js';
import type { CommitEnd, EtcdKv, KeyGuard, KeyOp, KeyRecord } from './etcdKv.js';

export interface EtcdClientLimits {
  /** How long one member of etcd is waited for before the next is asked. */
  readonly tryTimeoutMs: number;
  /** Keys in one answer of a listing. */
  readonly keysPerPage: number;
}

const defaultEtcdClientLimits: EtcdClientLimits = { tryTimeoutMs: 600, keysPerPage: 64 };

/** What another member of etcd may answer better. */
const passing = new Set(['unavailable', 'timedOut', 'exhausted', 'internal']);

/** A client of etcd's v3 API over gRPC. It stays with the member that answered last, and asks each once. */
export class EtcdClient implements EtcdKv {
  private readonly peers: readonly Peer[];
  private at = 0;

  /** @param addresses host:port of members of one etcd, at least one. */
  constructor(
    network: Network,
    addresses: readonly string[],
    private readonly limits: EtcdClientLimits = defaultEtcdClientLimits,
  ) {
    this.peers = addresses.map((address) => network.dial(address));
  }

  async read(keys: readonly string[]): Promise<readonly (KeyRecord | null)[]> {
    const success = keys.map((key): RequestOp => ({ requestRange: { key: bytesOf(key) } }));
    const { responses } = await this.ask(etcdTxn, { compare: [], success, failure: [] });
    return responses.map(({ responseRange }) => {
      const [found] = responseRange?.kvs ?? [];
      return found === undefined ? null : recordOf(found);
    });
  }

  async list(prefix: string): Promise<readonly KeyRecord[]> {
    const rangeEnd = bytesOf(endOfPrefix(prefix));
    const limit = this.limits.keysPerPage;
    const found: KeyRecord[] = [];
    let key = bytesOf(prefix);
    let revision = 0;
    for (;;) {
      const page = await this.ask(etcdRange, { key, rangeEnd, limit, revision });
      revision ||= page.header?.revision ?? 0;
      for (const one of page.kvs) found.push(recordOf(one));
      const last = page.kvs.at(-1);
      if (!page.more || last === undefined) return found;
      key = Buffer.concat([last.key, Buffer.of(0)]);
    }
  }

  async commit(guards: readonly KeyGuard[], ops: readonly KeyOp[]): Promise<CommitEnd> {
    const compare = guards.map(
      ({ key, revision }): Compare => ({
        result: 'EQUAL',
        target: 'MOD',
        key: bytesOf(key),
        modRevision: revision,
      }),
    );
    const { succeeded, header } = await this.ask(etcdTxn, { compare, success: ops.map(opOf), failure: [] });
    return succeeded ? { kind: 'made', revision: header?.revision ?? 0 } : { kind: 'refused' };
  }

  close(): void {
    for (const peer of this.peers) peer.close();
  }

  private async ask<Q extends Message, R extends Message>(
    endpoint: RequestEndpoint<Q, R>,
    message: Q['write'],
  ): Promise<R['read']> {
    const first = this.at;
    let last: KvError | null = null;
    for (let step = 0; step < this.peers.length; step += 1) {
      const index = (first + step) % this.peers.length;
      try {
        // The index is below the length.
        const answer = await this.peers[index]!.request(endpoint, message, {
          timeoutMs: this.limits.tryTimeoutMs,
        });
        this.at = index;
        return answer;
      } catch (thrown) {
        last = KvError.from(thrown);
        if (!passing.has(last.kind)) throw last;
      }
    }
    this.at = (first + 1) % this.peers.length;
    const where = this.peers.map(({ address }) => address).join(',');
    const cause = last === null ? {} : { cause: last };
    throw new KvError('unavailable', `etcd at ${where} does not answer: ${last?.message ?? ''}`, cause);
  }
}

function bytesOf(key: string): Buffer {
  return Buffer.from(key, 'utf8');
}

/** The first key that is past all that begin with the prefix. Its last character is below U+007F. */
function endOfPrefix(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}

function recordOf({ key, value, modRevision }: KeyValue__Output): KeyRecord {
  return { key: key.toString('utf8'), value, revision: modRevision };
}

function opOf(op: KeyOp): RequestOp {
  switch (op.kind) {
    case 'put':
      return { requestPut: { key: bytesOf(op.key), value: op.value } };
    case 'delete':
      return { requestDeleteRange: { key: bytesOf(op.key) } };
    case 'deleteRange':
      return { requestDeleteRange: { key: bytesOf(op.from), rangeEnd: bytesOf(op.to) } };
  }
}
