/** Text of tokens that come one by one. */
export interface TextStream {
  /** The characters that `token` completed; may be empty, never a part of a character. */
  push(token: number): string;
  /** What is left when no more tokens come; a cut-off character becomes U+FFFD. */
  end(): string;
}

/** Turns text into tokens and back. */
export interface Tokenizer {
  /** `none`: the model has no tokenizer; tokens can only be given and read as numbers. */
  readonly kind: 'bytes' | 'file' | 'none';
  /**
   * Tokens of a text, with the special tokens that the model's tokenizer adds. Bytes are read as UTF-8; a
   * character cut off at the end is left out where tokens are not bytes.
   * @throws KvError `unsupported` without a tokenizer, `invalid` for bytes that are no UTF-8.
   */
  encode(text: string | Uint8Array): number[];
  /** The text of tokens without special ones; null without a tokenizer. */
  decode(tokens: readonly number[]): string | null;
  stream(): TextStream;
}
