import { type TierName, tierNames } from '../core/tierName.js';
import type { TierStats } from '../core/tierStats.js';
import type { StackParts } from './stackParts.js';

const noDisk = { budgetBytes: 0, usedBytes: 0, pages: 0 };

export function stackStats({ counters, device, pinned, disk }: StackParts): readonly TierStats[] {
  const tiers = { device, pinned, disk: disk ?? noDisk };
  return tierNames.map((tier: TierName) => {
    const { budgetBytes, usedBytes, pages } = tiers[tier];
    return { tier, budgetBytes, usedBytes, pages, ...counters[tier] };
  });
}
