import type { RequestEndpoint } from '../../core/ports/network.js';
import type { RangeRequest, RangeRequest__Output } from '../gen/etcdserverpb/RangeRequest.js';
import type { RangeResponse, RangeResponse__Output } from '../gen/etcdserverpb/RangeResponse.js';
import type { TxnRequest, TxnRequest__Output } from '../gen/etcdserverpb/TxnRequest.js';
import type { TxnResponse, TxnResponse__Output } from '../gen/etcdserverpb/TxnResponse.js';

const service = 'etcdserverpb.KV';

interface Pair<Write, Read> {
  readonly write: Write;
  readonly read: Read;
}

/** The RPCs of proto/etcd/v3/kv.proto. */
export const etcdRange: RequestEndpoint<
  Pair<RangeRequest, RangeRequest__Output>,
  Pair<RangeResponse, RangeResponse__Output>
> = { kind: 'request', service, name: 'Range' };

export const etcdTxn: RequestEndpoint<
  Pair<TxnRequest, TxnRequest__Output>,
  Pair<TxnResponse, TxnResponse__Output>
> = { kind: 'request', service, name: 'Txn' };
