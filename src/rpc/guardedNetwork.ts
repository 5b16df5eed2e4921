import { createHmac, randomBytes } from 'node:crypto';
import { blockKeyBytes, blockKeyFromBytes } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { Binding, CallContext, Duplex, Network } from '../core/ports/network.js';
import type { TenantGate } from '../core/tenantGate.js';
import type { KnownTenant } from '../core/tenantTable.js';
import type { DescribeResponse } from './gen/kvtide/v1/DescribeResponse.js';

/** Where a message of a call names blocks: lists of keys, one key, or pages. */
interface NamedBlocks {
  blocks?: Buffer;
  block?: Buffer;
  pages?: { block: Buffer }[];
  /** The first message of a decode or attention stream. */
  open?: { blocks?: Buffer } | null;
}

/**
 * How calls of tenants are let in: `admit` looks at the tenant alone; for `ask`, blocks whose keys are not the
 * tenant's are blocks that nobody has; `give` refuses such keys, since what would be kept under them could
 * never be found. Page calls verify each page where they find it (worker/tenantPages.ts). Calls that are not
 * named here are those of servers and operators.
 */
const rules: Readonly<Record<string, 'admit' | 'ask' | 'give'>> = {
  CreateSequence: 'give',
  ForkSequence: 'admit',
  ExtendSequence: 'give',
  TruncateSequence: 'admit',
  ReleaseSequence: 'admit',
  Lookup: 'ask',
  Pin: 'ask',
  Locate: 'ask',
  MoveBlocks: 'ask',
  Decode: 'give',
  Attention: 'give',
  Attend: 'give',
  PutPages: 'admit',
  GetPages: 'admit',
  HasPages: 'ask',
  RemoveBlocks: 'ask',
  PrefetchBlocks: 'ask',
  Explain: 'ask',
  OpenLane: 'admit',
  CopyBlocks: 'ask',
};

/** A network whose servers let in the gate's tenants only, and verify the block keys in what they ask. */
export function guardedNetwork(network: Network, gate: TenantGate): Network {
  return {
    dial: (address) => network.dial(address),
    serve: (address, bindings) =>
      network.serve(
        address,
        bindings.map((binding) => guarded(binding, gate)),
      ),
  };
}

function guarded(binding: Binding, gate: TenantGate): Binding {
  if (binding.endpoint.name === 'Describe') return tellingOfSeals(binding);
  const rule = rules[binding.endpoint.name];
  if (rule === undefined) return binding;
  const verify = (tenant: KnownTenant, message: NamedBlocks) => {
    if (rule === 'give') refuseStrange(gate, tenant, message);
    if (rule === 'ask') hideStrange(gate, tenant, message);
    if (binding.endpoint.name === 'MoveBlocks' && !tenant.isServer) refuseAll(message);
  };
  if (isRequest(binding)) {
    const { endpoint, handle } = binding;
    return {
      endpoint,
      handle: async (message: never, call: CallContext) => {
        verify(gate.enter(call.tenant), message);
        return await handle(message, call);
      },
    };
  }
  const { endpoint, handle } = binding;
  return {
    endpoint,
    handle: async (stream: Duplex<never, unknown>, call: CallContext) => {
      const tenant = gate.enter(call.tenant);
      await handle(
        verified(stream, (message) => verify(tenant, message)),
        call,
      );
    },
  };
}

/** Clients make the keys that they are told to. */
function tellingOfSeals(binding: Binding): Binding {
  if (!isRequest(binding)) return binding;
  const { endpoint, handle } = binding;
  return {
    endpoint,
    handle: async (message: never, call: CallContext) => {
      const answer = (await handle(message, call)) as DescribeResponse; // what the endpoint answers with
      return { ...answer, sealedKeys: true };
    },
  };
}

function isRequest(binding: Binding): binding is Extract<Binding, { endpoint: { kind: 'request' } }> {
  return binding.endpoint.kind === 'request';
}

function verified(
  stream: Duplex<never, unknown>,
  verify: (message: NamedBlocks) => void,
): Duplex<never, unknown> {
  return {
    send: (message) => stream.send(message),
    end: () => stream.end(),
    fail: (error) => stream.fail(error),
    async *[Symbol.asyncIterator]() {
      for await (const message of stream) {
        verify(message);
        yield message;
      }
    },
  };
}

function refuseStrange(gate: TenantGate, tenant: KnownTenant, message: NamedBlocks): void {
  const keep: unknown = Reflect.get(message, 'keep');
  for (const named of [message, message.open, keep as NamedBlocks | null | undefined]) {
    if (named?.blocks !== undefined) gate.checkKeys(tenant, named.blocks);
  }
}

/** Who names no blocks would move those of all tenants. */
function refuseAll({ blocks }: NamedBlocks): void {
  if (blocks !== undefined && blocks.length > 0) return;
  throw new KvError(
    'denied',
    'a tenant moves blocks that it names; to move all, copy with --tenants-file, as an operator',
  );
}

/** Only in this process: nobody can name the blocks that are asked for instead. */
const hiding = randomBytes(32);

/**
 * Puts keys that nobody can have made in the place of those that are not the tenant's, so that one code answers
 * for what others have and what nobody has, and no table is asked about either.
 */
function hideStrange(gate: TenantGate, tenant: KnownTenant, message: NamedBlocks): void {
  const hide = (keys: Buffer) => {
    for (let at = 0; at + blockKeyBytes <= keys.length; at += blockKeyBytes) {
      const key = keys.subarray(at, at + blockKeyBytes);
      if (!gate.owns(tenant, blockKeyFromBytes(key)))
        key.set(createHmac('sha256', hiding).update(key).digest());
    }
  };
  const { blocks, block, pages } = message;
  for (const keys of [blocks, block, ...(pages ?? []).map((page) => page.block)]) {
    if (keys !== undefined) hide(keys);
  }
}
