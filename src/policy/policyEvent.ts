import type { PolicyColumns, RequestKind } from './policyColumns.js';
import { requestKinds } from './policyColumns.js';

/** What a policy could read of a handle when it was told of it, named as in `PolicyColumns`; `key` is 16 hex digits. */
export interface HandleState {
  readonly key: string;
  readonly parent: number;
  readonly depth: number;
  readonly layer: number;
  readonly request: number;
  readonly kind: RequestKind;
  readonly requestTokens: number;
  readonly time: number;
  readonly tokens: number;
  readonly bytes: number;
  readonly loadMs: number;
  readonly recomputeMs: number;
}

/** One call of a policy, as it is recorded; `policy` numbers the object, since a tier may change its policy. */
export type PolicyEvent = { readonly policy: number } & (
  | { readonly event: 'made'; readonly tier: string; readonly name: string; readonly capacity: number }
  | ({ readonly event: 'insert' | 'access'; readonly handle: number } & HandleState)
  | { readonly event: 'remove'; readonly handle: number }
  | {
      readonly event: 'evict';
      readonly count: number;
      /** Of the handles that the policy asked about, those that were protected. */
      readonly protected: readonly number[];
      /** Null where it gave none. */
      readonly victims: readonly number[] | null;
    }
  | { readonly event: 'resize'; readonly capacity: number }
);

export function handleState(columns: PolicyColumns, handle: number): HandleState {
  return {
    key: hex(columns.keyHigh[handle]!) + hex(columns.keyLow[handle]!),
    parent: columns.parent[handle]!,
    depth: columns.depth[handle]!,
    layer: columns.layer[handle]!,
    request: columns.request[handle]!,
    kind: requestKinds[columns.kind[handle]!] ?? 'blocks',
    requestTokens: columns.requestTokens[handle]!,
    time: columns.time[handle]!,
    tokens: columns.tokens[handle]!,
    bytes: columns.bytes[handle]!,
    loadMs: columns.loadMs[handle]!,
    recomputeMs: columns.recomputeMs[handle]!,
  };
}

const hex = (word: number): string => word.toString(16).padStart(8, '0');
