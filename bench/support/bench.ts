/** How a bench is to run. */
export interface BenchContext {
  /** Small sizes, for CI. */
  readonly short: boolean;
  /** The only part that is to run; all of them without it. */
  readonly part?: string;
  /** Tokens of the context, in place of the part's own. */
  readonly tokens?: number;
  /** Where the part's plot is written, in place of the folder of temporary files. */
  readonly plot?: string;
  /** A trace file that is to be replayed too. */
  readonly trace?: string;
  /** When rounds have to end, on the clock of `performance.now()`. */
  readonly deadlineMs: number;
  /** Aborts when the run is to end; the bench leaves nothing behind then either. */
  readonly signal: AbortSignal;
  /** Takes lines about progress. */
  readonly tell: (line: string) => void;
}

/** Something measured: medians over rounds, each under a name that ends with its unit. */
export interface BenchRow {
  readonly name: string;
  /** Rounds. */
  readonly n: number;
  readonly figures: Readonly<Record<string, number | string>>;
}

/** What the project is judged by: one row over another, or one figure against a bound. */
export interface BenchRatio {
  readonly name: string;
  readonly value: number;
  /** Rounds of the row with fewer. */
  readonly n: number;
  /** The row below the line, or what the figure is of. */
  readonly baseline: string;
}

/** Figures of the rows in two dimensions, for people. */
export interface BenchGrid {
  /** What the cells are. */
  readonly title: string;
  readonly columns: readonly string[];
  /** A cell a column. */
  readonly lines: readonly { readonly name: string; readonly cells: readonly number[] }[];
}

export interface BenchResult {
  readonly rows: readonly BenchRow[];
  readonly ratios: readonly BenchRatio[];
  readonly grids?: readonly BenchGrid[];
  /** Ratios that could not be taken, and why: the run then fails. */
  readonly missing: readonly { readonly name: string; readonly reason: string }[];
  /** What was found that may not be, a line each: the run then fails. */
  readonly failures?: readonly string[];
}

export type Bench = (context: BenchContext) => Promise<BenchResult>;
