const space = /[ \t\n\r]*/y;
const text = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const plain = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * Where a broken JSON text stops being JSON, as an offset in UTF-16 units. The engine's own message leaves
 * the place out for some errors, and quotes the text instead. Nothing here recurses: depth is the input's.
 */
export function jsonErrorOffset(source: string): number {
  const scanner = new JsonScanner(source);
  while (scanner.value() && scanner.separator()) {
    // Each turn reads one value, or the start of a list or object, and what leads to the next.
  }
  return scanner.at;
}

class JsonScanner {
  at = 0;
  readonly #source: string;
  readonly #closers: string[] = [];
  /** True after `[` or `{`: a value follows without a separator. */
  #opened = false;

  constructor(source: string) {
    this.#source = source;
  }

  /** Reads a value without members, or the opening of one with members. False where there is none. */
  value(): boolean {
    this.#skip(space);
    this.#opened = false;
    if (this.#eat('{')) return this.#open('}');
    if (this.#eat('[')) return this.#open(']');
    return this.#skip(text) || this.#skip(plain);
  }

  /** Reads closers and the comma before the next value. False at the end, or where neither stands. */
  separator(): boolean {
    if (this.#opened) return true;
    for (;;) {
      const closer = this.#closers.at(-1);
      if (closer === undefined) {
        this.#skip(space);
        return false;
      }
      if (this.#eat(closer)) this.#closers.pop();
      else return this.#eat(',') && (closer === ']' || this.#key());
    }
  }

  #open(closer: string): boolean {
    if (this.#eat(closer)) return true;
    this.#closers.push(closer);
    this.#opened = true;
    return closer === ']' || this.#key();
  }

  #key(): boolean {
    this.#skip(space);
    return this.#skip(text) && this.#eat(':');
  }

  #eat(character: string): boolean {
    this.#skip(space);
    if (this.#source[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#source);
    if (match === null) return false;
    this.at += match[0].length;
    return true;
  }
}
