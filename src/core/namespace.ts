import { createHash, createHmac } from 'node:crypto';
import type { BlockKey } from './blockKey.js';
import type { Geometry } from './geometry.js';

declare const brand: unique symbol;

/** 64 hex digits: SHA-256 over a model's fingerprint and its geometry. */
export type NamespaceId = string & { readonly [brand]: 'NamespaceId' };

/** What a tensor is, down to its bytes. */
export interface TensorDigest {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** SHA-256 of the tensor's bytes as stored, 64 hex digits. */
  readonly sha256: string;
}

/** JSON with sorted keys: one value, one text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** SHA-256 over the canonical config and every tensor by name: two models never share one. */
export function fingerprintOf(config: unknown, tensors: readonly TensorDigest[]): string {
  const sorted = [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1));
  const hash = createHash('sha256').update(canonicalJson(config));
  for (const { name, dtype, shape, sha256 } of sorted) {
    hash.update(canonicalJson([name, dtype, shape, sha256]));
  }
  return hash.digest('hex');
}

export function namespaceOf(fingerprint: string, geometry: Geometry): NamespaceId {
  return createHash('sha256').update(canonicalJson({ fingerprint, geometry })).digest('hex') as NamespaceId;
}

/**
 * The key that every chain of block keys of a tenant starts from. Without the secret nobody can name
 * a tenant's blocks; two tenants or two namespaces never share one.
 */
export function rootKeyOf(secret: Uint8Array, tenant: string, namespace: NamespaceId): BlockKey {
  return createHmac('sha256', secret).update(`${tenant}\0${namespace}`).digest('hex') as BlockKey;
}
