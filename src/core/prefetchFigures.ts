/** Bytes of pages that were brought up before anybody asked for them, since the start. */
export interface PrefetchFigures {
  readonly broughtBytes: number;
  /** Of these, what a step or another worker then asked for. */
  readonly usedBytes: number;
  /** What was gone again before anybody did. The rest still waits. */
  readonly unusedBytes: number;
}
