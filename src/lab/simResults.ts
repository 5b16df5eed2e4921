import * as z from 'zod';

/** More than any sweep has; a page with as many stays usable. */
const runsMax = 5000;
const spansMax = 100_000;
const tiersMax = 100;

const share = z.number().min(-1e9).max(1);
const count = z.number().nonnegative();
const name = z.string().min(1).max(1000);

const run = z.object({
  policy: name,
  /** Of the tiers, where they were replayed. */
  admission: name.nullish(),
  placement: name.nullish(),
  /** In blocks; none where the tiers have their sizes in bytes. */
  capacity: count.nullish(),
  hits: count.nullish(),
  prefixHits: count.nullish(),
  /** Shares of the accesses. */
  hitRate: share.nullish(),
  prefixHitRate: share.nullish(),
  /** 1 - prefix hits / those of the strict-prefix optimum. */
  regret: share.nullish(),
  timeToFirstTokenMs: z.object({ p50: count, p90: count, p99: count, mean: count.nullish() }).nullish(),
  /** Time that requests waited for bytes, all together. */
  stallMs: count.nullish(),
  /** Bytes that were loaded from each tier and written to it, the fastest tier first. */
  tiers: z
    .array(z.object({ tier: name, readBytes: count, writtenBytes: count }))
    .max(tiersMax)
    .nullish(),
  /** Bytes that were loaded in each span from the first request that counts, by tier. */
  traffic: z
    .object({ spanMs: z.number().positive(), bytes: z.record(name, z.array(count).max(spansMax)) })
    .nullish(),
});

/** What `kvtide sim --json` prints, as far as a report shows it; other fields are left out. */
export const simResultsSchema = z.object({
  trace: z.object({
    name: name.nullish(),
    requests: count,
    accesses: count,
    uniqueBlocks: count,
    /** Share of the requests that was replayed uncounted. */
    warmup: z.number().min(0).max(1).nullish(),
  }),
  runs: z.array(run).min(1, 'there are no runs').max(runsMax),
});

export type SimResults = z.infer<typeof simResultsSchema>;
/** One policy at one capacity. */
export type SimRun = SimResults['runs'][number];
