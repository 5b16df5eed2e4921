import type { SeededRandom } from '../seededRandom.js';
import type { TraceRequest } from '../trace.js';

/** What may be chosen of a synthetic trace, with what is taken where nothing is said. */
export type SyntheticDefaults = Readonly<Record<string, number>>;

/** A kind of synthetic trace. */
export interface SyntheticSource<D extends SyntheticDefaults = SyntheticDefaults> {
  readonly defaults: D;
  /** Requests in the order of their times. */
  make(parameters: { readonly [K in keyof D]: number }, random: SeededRandom): Iterable<TraceRequest>;
}
