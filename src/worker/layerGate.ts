/** Keeps pages of later layers from being brought before the kernel is near them. */
export class LayerGate {
  /** First entry of each layer, in ascending order. */
  readonly #starts: Int32Array;
  readonly #layersAhead: number;

  /**
   * @param entries as in `StepEntries`. @param layersAhead beyond the layer that is read, how many may be begun.
   */
  constructor(entries: readonly Int32Array[], layersAhead: number) {
    const [first] = entries;
    this.#starts = Int32Array.from({ length: (first?.length ?? 0) / 2 }, (_, layer) => first![2 * layer]!);
    this.#layersAhead = layersAhead;
  }

  /** How far the entries must have been read before this one may be brought. */
  opensAt(entry: number): number {
    let layer = this.#starts.length - 1;
    while (layer > 0 && this.#starts[layer]! > entry) layer -= 1;
    return this.#starts[Math.max(0, layer - this.#layersAhead)] ?? 0;
  }
}
