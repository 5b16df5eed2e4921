/** JSON white space, as often as it comes. */
const space = /[ \t\n\r]*/y;
const text = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const plain = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * Where a broken JSON text stops being JSON, as an offset in UTF-16 units. The engine's own message leaves
 * the place out for some errors, and quotes the text instead.
 */
export function jsonErrorOffset(source: string): number {
  const closers: string[] = [];
  let at = 0;
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match === null) return false;
    at += match[0].length;
    return true;
  };
  const eat = (character: string): boolean => {
    skip(space);
    if (source[at] !== character) return false;
    at += 1;
    return true;
  };
  const key = (): boolean => {
    skip(space);
    return skip(text) && eat(':');
  };
  for (;;) {
    skip(space);
    if (eat('{')) {
      closers.push('}');
      if (!eat('}')) {
        if (!key()) return at;
        continue;
      }
      closers.pop();
    } else if (eat('[')) {
      closers.push(']');
      if (!eat(']')) continue;
      closers.pop();
    } else if (!skip(text) && !skip(plain)) return at;
    for (;;) {
      const closer = closers.at(-1);
      if (closer === undefined) {
        skip(space);
        return at;
      }
      if (eat(closer)) closers.pop();
      else if (!eat(',') || (closer === '}' && !key())) return at;
      else break;
    }
  }
}
