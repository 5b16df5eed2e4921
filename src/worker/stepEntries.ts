import type { StepPage } from './stepFeed.js';

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
  const pages: StepPage[] = [];
  const ends: number[] = [];
  for (let layer = 0; layer < layers; layer += 1) {
    for (const [part, ofPart] of parts.entries()) {
      entries[part]![2 * layer] = pages.length;
      for (const page of ofPart[layer]!) pages.push(page);
      entries[part]![2 * layer + 1] = pages.length;
      ends.push(pages.length);
    }
  }
  const partOf = new Uint16Array(pages.length);
  let from = 0;
  ends.forEach((end, at) => {
    partOf.fill(at % parts.length, from, end);
    from = end;
  });
  return { pages, blocks: Int32Array.from(pages, ({ block }) => block), partOf, entries };
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
