import { randomUUID } from 'node:crypto';
import { Metadata } from '@grpc/grpc-js';
import type { CallOptions } from '../core/ports/network.js';

const tenantKey = 'kvtide-tenant';
const requestIdKey = 'kvtide-request-id';

/** The tenant of callers that name none. */
export const defaultTenant = 'default';

/** What a call tells besides its messages. The deadline travels in gRPC's own header. */
export function writeCallMetadata({ tenant, requestId }: CallOptions): Metadata {
  const metadata = new Metadata();
  // Header values are ASCII, names of tenants need not be.
  metadata.set(tenantKey, encodeURIComponent(tenant ?? defaultTenant));
  metadata.set(requestIdKey, encodeURIComponent(requestId ?? randomUUID()));
  return metadata;
}

/** `tenant` is null where the caller names none. */
export function readCallMetadata(metadata: Metadata): { tenant: string | null; requestId: string } {
  return {
    tenant: readText(metadata, tenantKey) ?? null,
    requestId: readText(metadata, requestIdKey) ?? randomUUID(),
  };
}

function readText(metadata: Metadata, key: string): string | undefined {
  const value = metadata.get(key)[0];
  if (typeof value !== 'string' || value === '') return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // a caller in another language need not encode
  }
}
