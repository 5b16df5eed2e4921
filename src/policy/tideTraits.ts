/** How a block came to be used by the request that used it last. */
export const blockRoles = {
  /** Seen for the first time, and so is what it follows on. */
  fresh: 0,
  /** Seen before, in a request of which this one goes another way: a prefix that they share. */
  shared: 1,
  /** Seen before, in a request that this one goes on: an earlier part of a conversation. */
  continued: 2,
  /** Seen for the first time, in a request that goes on an earlier one: what a turn adds. */
  added: 3,
} as const;
export type BlockRole = (typeof blockRoles)[keyof typeof blockRoles];

/** A request goes on an earlier one if that one had no more than this share of blocks beyond the last common one. */
const changedEndShare = 1 / 8;

/**
 * The traits of a block in three bytes, the first of which is never 0: uses; role, end of the request and its blocks;
 * gap and new blocks. Each byte holds whole traits, so that sums over traits can stand in tables by byte.
 */
export const traitsOfByte = [[0], [1, 2, 3], [4, 5]] as const;
export const traitCount = 6;
export const traitValues = 16;
const highest = traitValues - 1;
const usesMax = 255;
const shifts = [0, 8, 10, 12, 16, 20] as const;
const masks = [usesMax, 3, 1, highest, highest, highest] as const;
const [, roleShift, lastShift, blocksShift, gapShift, newShift] = shifts;
/** Whether the request had little behind it: not a trait of its own. */
const nearEndBit = 1 << 11;
const requestBits = (1 << lastShift) | nearEndBit | (highest << blocksShift) | (highest << newShift);
/** Whether the wait for its next use is a sample: not a trait either. */
export const sampledBit = 1 << 24;
/** Whether no cached block follows on it. */
export const leafBit = 1 << 25;
/** Whether it is kept in mind as one of the next to go. */
export const pooledBit = 1 << 26;

/** Which traits are an amount: their neighbouring values are alike. */
export const isAmount = [true, false, false, false, true, false] as const satisfies readonly boolean[];

/** Itself up to `exact`, from there on one bucket for every doubling. */
function amountBucket(amount: number, exact: number): number {
  if (amount <= exact) return amount;
  const doublings = Math.clz32(exact) - Math.clz32(amount);
  return Math.min(highest, exact + 1 + doublings);
}

/**
 * What is known of a block when it is used.
 * @param uses times that it, or the conversation that it stands in, was used, from 1
 * @param gap doublings of the age at which it was used again last time, from 1; 0 where it never was
 */
export function packUse(uses: number, role: BlockRole, gap: number): number {
  return Math.min(usesMax, uses) | (role << roleShift) | (Math.min(highest, gap) << gapShift);
}

/**
 * What is known of a block from the request that used it.
 * @param blocks of the request
 * @param newBlocks those of them behind the last one that was known before
 */
export function packRequest(depth: number, blocks: number, newBlocks: number): number {
  return (
    (blocks - depth - 1 <= Math.max(1, blocks * changedEndShare) ? nearEndBit : 0) |
    (Math.min(highest, 32 - Math.clz32(blocks)) << blocksShift) |
    (amountBucket(newBlocks, 5) << newShift)
  );
}

/** The same block once its request is over. */
export function withRequest(traits: number, request: number, isLast: boolean): number {
  return (traits & ~requestBits) | request | (isLast ? 1 << lastShift : 0);
}

export function withRole(traits: number, role: BlockRole): number {
  return (traits & ~(masks[1] << roleShift)) | (role << roleShift);
}

/** The bucket of a trait, below `traitValues`. */
export function traitOf(traits: number, trait: number): number {
  const value = (traits >>> shifts[trait]!) & masks[trait]!;
  return trait === 0 ? amountBucket(value, 8) : value;
}

export function usesOf(traits: number): number {
  return traits & usesMax;
}

export function roleOf(traits: number): BlockRole {
  return ((traits >>> roleShift) & masks[1]) as BlockRole; // packed as one
}

export function gapOf(traits: number): number {
  return (traits >>> gapShift) & highest;
}

/** Whether a request that leaves the earlier one behind this block goes on it. */
export function isNearEnd(traits: number): boolean {
  return (traits & nearEndBit) !== 0;
}

/** Groups of `uses` whose hazards by age have shapes of their own: what was used once ages otherwise. */
export const strataCount = 5;

export function stratumOf(traits: number): number {
  const uses = traits & usesMax;
  if (uses <= 1) return 0;
  if (uses === 2) return 1;
  if (uses <= 4) return 2;
  return uses <= 8 ? 3 : 4;
}
