/** The bytes of one page where it lies: K and V, each `[kvHeads][blockTokens][headDim]`. */
export interface PageView {
  readonly k: Uint8Array;
  readonly v: Uint8Array;
}

export function copyPage(from: PageView, to: PageView): void {
  to.k.set(from.k);
  to.v.set(from.v);
}
