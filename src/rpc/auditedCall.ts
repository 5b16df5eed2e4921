import { KvError } from '../core/errors.js';
import type { Duplex } from '../core/ports/network.js';
import type { SecurityObserver } from '../core/ports/securityObserver.js';
import type { Caller } from './callAdmission.js';
import { isAdminAction } from './methodRoles.js';

/** Longer texts, lists and bytes stand in the audit log by name and length. */
const valueCharsMax = 128;

type Fields = Record<string, string | number | boolean>;

/** Runs a handler; what is an admin's to do is told to the observer when it has ended, however that is. */
export async function audited<T>(
  { identity, peer, requestId }: Caller,
  { service, name }: { readonly service: string; readonly name: string },
  observer: SecurityObserver,
  message: () => unknown,
  act: () => Promise<T>,
): Promise<T> {
  if (!isAdminAction({ service, name })) return act();
  const tell = (outcome: string): void =>
    observer.acted({
      identity,
      peer,
      requestId,
      method: `${service}/${name}`,
      fields: fieldsOf(message()),
      outcome,
    });
  try {
    const value = await act();
    tell('ok');
    return value;
  } catch (thrown) {
    tell(KvError.from(thrown).kind);
    throw thrown;
  }
}

/** The same stream, and what its first message was. */
export function keepFirst<In, Out>(
  stream: Duplex<In, Out>,
): { stream: Duplex<In, Out>; first: () => unknown } {
  let first: unknown = null;
  const kept: Duplex<In, Out> = {
    send: (message) => stream.send(message),
    end: () => stream.end(),
    fail: (error) => stream.fail(error),
    async *[Symbol.asyncIterator]() {
      for await (const message of stream) {
        first ??= message;
        yield message;
      }
    },
  };
  return { stream: kept, first: () => first };
}

function fieldsOf(message: unknown): Fields {
  const fields: Fields = {};
  for (const [name, value] of Object.entries(Object(message))) {
    if (typeof value === 'number' || typeof value === 'boolean') fields[name] = value;
    else if (typeof value === 'string') fields[name] = value.slice(0, valueCharsMax);
    else if (value instanceof Uint8Array) fields[name] = `${value.length} bytes`;
    else if (Array.isArray(value)) fields[name] = `${value.length} entries`;
    else if (value !== null && value !== undefined) fields[name] = 'given';
  }
  return fields;
}
