import type { ClientLimits } from './clientLimits.js';

/**
 * How long to wait after try number `attempt` (1 for the first) failed: doubling, bounded, and between half
 * of that and all of it by `fraction` in [0, 1), so that clients that failed together do not return together.
 */
export function backoffMs(
  attempt: number,
  fraction: number,
  { backoffFirstMs, backoffMaxMs }: Pick<ClientLimits, 'backoffFirstMs' | 'backoffMaxMs'>,
): number {
  const fullMs = Math.min(backoffMaxMs, backoffFirstMs * 2 ** (attempt - 1));
  return (fullMs / 2) * (1 + fraction);
}
