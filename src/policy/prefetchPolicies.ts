import { FollowUpGaps } from './followUpGaps.js';
import type { PrefetchFactory, PrefetchPolicy } from './prefetchPolicy.js';

const none: PrefetchPolicy = {
  layersAhead: 0,
  bringsQueued: false,
  expectsTurns: false,
  ended: () => null,
  followed: () => {},
};
const nextLayer: PrefetchPolicy = { ...none, layersAhead: Number.POSITIVE_INFINITY };
const wholeSequence: PrefetchPolicy = { ...nextLayer, bringsQueued: true };

/** Brings the blocks of a conversation up again shortly before its next turn is due. */
function followUp(): PrefetchPolicy {
  const gaps = new FollowUpGaps();
  return {
    ...wholeSequence,
    expectsTurns: true,
    ended: () => {
      gaps.ended();
      return gaps.waitMs();
    },
    followed: (gapMs) => gaps.followed(gapMs),
  };
}

/** All prefetch policies by name. Each does what those before it do, too. */
export const prefetchPolicies = {
  none: () => none,
  'next-layer': () => nextLayer,
  sequence: () => wholeSequence,
  'follow-up': followUp,
} as const satisfies Readonly<Record<string, PrefetchFactory>>;

export type PrefetchPolicyName = keyof typeof prefetchPolicies;

export const prefetchPolicyNames = Object.keys(prefetchPolicies) as readonly PrefetchPolicyName[];
export const defaultPrefetch: PrefetchPolicyName = 'next-layer';
