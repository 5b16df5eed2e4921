import { type ErrorContext, errorKinds, KvError } from '../core/errors.js';

/** Trailers are HTTP headers, and those are bounded: a longer message is cut, a larger context left out. */
const maxMessageChars = 4096;
const maxContextBytes = 8192;

/** An error as it crosses the wire, in a trailer or in a message: UTF-8 JSON of kind, message and context. */
export function bytesOfError(thrown: unknown): Buffer {
  const error = KvError.from(thrown);
  const message = messageOf(error);
  const context = JSON.stringify(error.context).length > maxContextBytes ? {} : error.context;
  return Buffer.from(JSON.stringify({ kind: error.kind, message, context }));
}

export function messageOf(error: KvError): string {
  return error.message.slice(0, maxMessageChars);
}

/** The error in such bytes; undefined when they are not ours. */
export function errorOfBytes(bytes: unknown): KvError | undefined {
  if (!Buffer.isBuffer(bytes)) return undefined;
  try {
    const sent: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof sent !== 'object' || sent === null) return undefined;
    if (!('kind' in sent && 'message' in sent && 'context' in sent)) return undefined;
    const kind = errorKinds.find((known) => known === sent.kind);
    if (kind === undefined || typeof sent.message !== 'string') return undefined;
    return new KvError(kind, sent.message, { context: contextOf(sent.context) });
  } catch {
    return undefined; // not ours: the status alone says enough
  }
}

function contextOf(context: unknown): ErrorContext {
  if (typeof context !== 'object' || context === null) return {};
  const facts: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(context)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      facts[name] = value;
    }
  }
  return facts;
}
