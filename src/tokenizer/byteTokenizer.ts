import type { TextStream, Tokenizer } from './tokenizer.js';

export const byteVocabulary = 256;

/** A token is a byte; no special tokens. */
export const byteTokenizer: Tokenizer = {
  kind: 'bytes',
  encode: (text) => [...(typeof text === 'string' ? Buffer.from(text, 'utf8') : text)],
  decode: (tokens) => Buffer.from(tokens).toString('utf8'),
  stream(): TextStream {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    return {
      push: (token) => decoder.decode(Uint8Array.of(token), { stream: true }),
      end: () => decoder.decode(),
    };
  },
};
