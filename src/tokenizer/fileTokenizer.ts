import { Tokenizer as FileModel } from '@huggingface/tokenizers';
import { KvError } from '../core/errors.js';
import type { TextStream, Tokenizer } from './tokenizer.js';

const replacement = '\uFFFD';

/** The tokenizer that a checkpoint's tokenizer.json describes. */
export class FileTokenizer implements Tokenizer {
  readonly kind = 'file';
  readonly #model: FileModel;
  readonly #cleanSpaces: boolean;

  /**
   * @param tokenizer, config the parsed tokenizer.json and tokenizer_config.json.
   * @throws KvError `unsupported` when it names a part that the library does not know.
   */
  constructor(tokenizer: object, config: object, path: string) {
    try {
      this.#model = new FileModel(tokenizer, config);
    } catch (error) {
      const { message } = KvError.from(error);
      throw new KvError('unsupported', `${path} cannot be used: ${message}`, { cause: error });
    }
    this.#cleanSpaces =
      'clean_up_tokenization_spaces' in config && config.clean_up_tokenization_spaces === true;
  }

  encode(text: string | Uint8Array): number[] {
    return this.#model.encode(typeof text === 'string' ? text : readUtf8(text)).ids;
  }

  decode(tokens: readonly number[]): string {
    // The library refuses an empty list.
    if (tokens.length === 0) return '';
    return this.#model.decode([...tokens], {
      skip_special_tokens: true,
      clean_up_tokenization_spaces: this.#cleanSpaces,
    });
  }

  /**
   * A token's text can depend on the token before, and a character can be spread over tokens: each time
   * the tokens since the last complete text are decoded with and without the new ones.
   */
  stream(): TextStream {
    let tokens: number[] = [];
    let shown = 0;
    const grow = (complete: boolean): string => {
      const before = this.decode(tokens.slice(0, shown));
      const text = this.decode(tokens);
      if (!complete && (text.length <= before.length || text.endsWith(replacement))) return '';
      tokens = tokens.slice(shown);
      shown = tokens.length;
      return text.slice(before.length);
    };
    return {
      push: (token) => {
        tokens.push(token);
        return grow(false);
      },
      end: () => grow(true),
    };
  }
}

function readUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch (error) {
    throw new KvError('invalid', 'the text is not UTF-8', { cause: error });
  }
}
