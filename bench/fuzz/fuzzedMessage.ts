import type { MessageTypeDefinition, MethodDefinition } from '@grpc/proto-loader';
import { loadProtos } from '../../src/rpc/loadProtos.js';
import type { FuzzSource } from './fuzzSource.js';

export type FuzzedMethod = MethodDefinition<object, object>;

/** What protobufjs tells of one field. */
interface Field {
  readonly name: string;
  readonly type: string;
  readonly label: string;
  readonly typeName: string;
}

/** Values that lead past the first checks. */
export interface KnownValues {
  readonly namespace: string;
  readonly worker: string;
  readonly major: number;
}

const depthMax = 4;
const repeatedMax = 4;

/** Encoded questions for a method: right ones, nearly right ones, and noise. */
export function fuzzedMessage(source: FuzzSource, method: FuzzedMethod, known: KnownValues): Buffer {
  if (source.chance(0.1)) return source.bytes(source.below(300));
  const right = method.requestSerialize(
    message(source, method.requestType as MessageTypeDefinition<object, object>, known, 0),
  );
  return source.chance(0.5) ? right : source.mutated(right);
}

function message(
  source: FuzzSource,
  type: MessageTypeDefinition<object, object>,
  known: KnownValues,
  depth: number,
): object {
  const { field } = type.type as { readonly field: readonly Field[] };
  const entries = field
    .filter(() => source.chance(0.8))
    .map((one) => {
      const value = () => fieldValue(source, one, known, depth);
      if (one.label !== 'LABEL_REPEATED') return [one.name, value()];
      return [one.name, Array.from({ length: source.below(repeatedMax) }, value)];
    });
  return Object.fromEntries(entries);
}

function fieldValue(source: FuzzSource, field: Field, known: KnownValues, depth: number): unknown {
  switch (field.type) {
    case 'TYPE_MESSAGE':
      return depth < depthMax ? nested(source, field.typeName, known, depth) : null;
    case 'TYPE_STRING':
      return text(source, field.name, known);
    case 'TYPE_BYTES':
      return source.bytes(source.pick([0, 8, 31, 32, 32, 32, 64, 96, source.below(5000)]));
    case 'TYPE_BOOL':
      return source.chance(0.5);
    case 'TYPE_FLOAT':
    case 'TYPE_DOUBLE':
      return source.pick([0, -1, 1e-30, Number.NaN, Number.POSITIVE_INFINITY, source.u32()]);
    default:
      return field.name === 'major' && source.chance(0.9) ? known.major : source.u32();
  }
}

function nested(source: FuzzSource, typeName: string, known: KnownValues, depth: number): object | null {
  const found = loadProtos()[`kvtide.v1.${typeName.split('.').at(-1)}`];
  if (found === undefined || !('format' in found) || !('serialize' in found)) return null;
  return message(source, found as MessageTypeDefinition<object, object>, known, depth + 1);
}

function text(source: FuzzSource, field: string, { namespace, worker }: KnownValues): string {
  if (field === 'namespace' && source.chance(0.7)) return namespace;
  // Nobody listens on port 1; a name would be looked up.
  if (field.includes('address')) return '127.0.0.1:1';
  const words = [
    '',
    worker,
    namespace,
    'w-1',
    'pinned',
    'stored',
    '../../etc/passwd',
    '\u0000',
    'é'.repeat(300),
  ];
  return source.chance(0.8) ? source.pick(words) : source.bytes(source.below(200)).toString('latin1');
}
