import { z } from 'zod';

/** What a soaking client is started with. */
export const soakTask = z.object({
  address: z.string(),
  lane: z.enum(['shm', 'tcp']),
  seed: z.int(),
});
export type SoakTask = z.infer<typeof soakTask>;

/** What it tells: counts since its last message. */
export const soakReport = z.object({
  gets: z.int(),
  puts: z.int(),
  lends: z.int(),
  misses: z.int(),
  /** Leases that ended while their page was read: told, so nothing is wrong. */
  expired: z.int(),
  /** Throttled, full or not reached. */
  refused: z.int(),
  wrong: z.int(),
});
export type SoakReport = z.infer<typeof soakReport>;

export const noSoak: SoakReport = {
  gets: 0,
  puts: 0,
  lends: 0,
  misses: 0,
  expired: 0,
  refused: 0,
  wrong: 0,
};

export function addSoak(one: SoakReport, other: SoakReport): SoakReport {
  return {
    gets: one.gets + other.gets,
    puts: one.puts + other.puts,
    lends: one.lends + other.lends,
    misses: one.misses + other.misses,
    expired: one.expired + other.expired,
    refused: one.refused + other.refused,
    wrong: one.wrong + other.wrong,
  };
}
