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

/** What a reuse is predicted from besides age. Every number is a bucket below `traitValues`. */
export interface BlockTraits {
  /** Times that it, or the conversation that it stands in, was used. */
  readonly uses: number;
  readonly role: BlockRole;
  /** Whether the request ends with it: such a block is seldom full, and the next turn has another. */
  readonly isLast: boolean;
  /** Blocks of the request. */
  readonly requestBlocks: number;
  /** Bucket of the age at which it was used again last time; 0 where it never was. */
  readonly gap: number;
  /** New blocks of the request up to it, counted from the last known one. */
  readonly newBlocks: number;
}

export const traitCount = 6;
export const traitValues = 16;
const bitsPerTrait = 4;
const highest = traitValues - 1;

/** Which traits are an amount: their neighbouring values are alike. */
export const isAmount = [true, false, false, false, true, false] as const satisfies readonly boolean[];

/** The traits in 24 bits: four for each, in the order of `isAmount`. */
export function packTraits({ uses, role, isLast, requestBlocks, gap, newBlocks }: BlockTraits): number {
  return (
    amountBucket(uses, 8) |
    (role << bitsPerTrait) |
    (Number(isLast) << (2 * bitsPerTrait)) |
    (Math.min(highest, 32 - Math.clz32(requestBlocks)) << (3 * bitsPerTrait)) |
    (Math.min(highest, gap) << (4 * bitsPerTrait)) |
    (amountBucket(newBlocks, 5) << (5 * bitsPerTrait))
  );
}

export function traitOf(packed: number, trait: number): number {
  return (packed >>> (trait * bitsPerTrait)) & highest;
}

export function roleOf(packed: number): BlockRole {
  return traitOf(packed, 1) as BlockRole; // packed as one
}

/** Itself up to `exact`, from there on one bucket for every doubling. */
function amountBucket(amount: number, exact: number): number {
  if (amount <= exact) return amount;
  const doublings = Math.clz32(exact) - Math.clz32(amount);
  return Math.min(highest, exact + 1 + doublings);
}

/** Groups of `uses` whose hazards by age have shapes of their own: what was used once ages otherwise. */
export const strataCount = 5;

export function stratumOf(packed: number): number {
  const uses = packed & highest;
  if (uses <= 1) return 0;
  if (uses === 2) return 1;
  if (uses <= 4) return 2;
  return uses <= 8 ? 3 : 4;
}
