import type { StepPage } from './stepPage.js';

/** The pages of a job in the order in which its parts read them: layer by layer, and in a layer part by part. */
export interface StepEntries {
  readonly pages: readonly StepPage[];
  /** Block and part of each page. */
  readonly blocks: Int32Array;
  readonly partOf: Uint16Array;
  /** For each part where the pages of layer i lie: from `[2 * i]` up to `[2 * i + 1]`. */
  readonly entries: readonly Int32Array[];
}

/** @param parts for each part its pages by layer; all have the same layers. */
export function stepEntries(parts: readonly (readonly (readonly StepPage[])[])[]): StepEntries {
  const layers = parts[0]?.length ?? 0;
  const entries = parts.map(() => new Int32Array(2 * layers));
  const lists: (readonly StepPage[])[] = [];
  let end = 0;
  for (let layer = 0; layer < layers; layer += 1) {
    for (const [part, ofPart] of parts.entries()) {
      const list = ofPart[layer]!;
      entries[part]![2 * layer] = end;
      end += list.length;
      entries[part]![2 * layer + 1] = end;
      lists.push(list);
    }
  }
  const pages = ([] as StepPage[]).concat(...lists);
  const blocks = new Int32Array(end);
  const partOf = new Uint16Array(end);
  for (let at = 0; at < end; at += 1) blocks[at] = pages[at]!.block;
  let from = 0;
  lists.forEach(({ length }, at) => {
    partOf.fill(at % parts.length, from, from + length);
    from += length;
  });
  return { pages, blocks, partOf, entries };
}

/**
 * By entry: 1 where the compute thread says whether the page is read; null where it chooses none.
 * @param chosenFrom for each part, by layer, whether it chooses among the pages; null where it never does.
 * @param entries as in `StepEntries`.
 */
export function choicesOf(
  chosenFrom: readonly (readonly boolean[] | null)[],
  entries: readonly Int32Array[],
  pages: number,
): Uint8Array | null {
  if (chosenFrom.every((layers) => layers === null)) return null;
  const choices = new Uint8Array(pages);
  for (const [part, layers] of chosenFrom.entries()) {
    layers?.forEach((isChosenFrom, layer) => {
      if (isChosenFrom) choices.fill(1, entries[part]![2 * layer], entries[part]![2 * layer + 1]);
    });
  }
  return choices;
}
