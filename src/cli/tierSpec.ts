import { formatByteSize, parseByteSize } from '../core/byteSize.js';
import { KvError } from '../core/errors.js';
import type { SimTier } from '../sim/simTier.js';
import { didYouMean } from './nearestName.js';
import type { Settings } from './settings.js';

const msPerUs = 1e-3;

/**
 * Reads --tiers with --tier-bandwidths and --tier-latencies-us.
 * @param tiers as in `device=2GiB,pinned=16GiB`, the fastest first; any names will do.
 * @throws KvError `invalid` that names the flag and the part of it that is wrong.
 */
export function parseTiers(tiers: string, settings: Settings, blockBytes: number): SimTier[] {
  const sizes = pairs('--tiers', tiers, parseByteSize);
  const bandwidths = pairs('--tier-bandwidths', settings.tierBandwidths, parseByteSize);
  const latencies = pairs('--tier-latencies-us', settings.tierLatenciesUs, microseconds);
  return [...sizes].map(([name, bytes], at): SimTier => {
    const capacity = Math.floor(bytes / blockBytes);
    if (capacity < 1) {
      throw new KvError('invalid', `--tiers: ${name} holds no block of ${formatByteSize(blockBytes)}`);
    }
    if (at === 0) return { name, capacity, bytesPerSecond: Number.POSITIVE_INFINITY, latencyMs: 0 };
    const bytesPerSecond = bandwidths.get(name) ?? 0;
    if (!(bytesPerSecond > 0)) {
      const known = [...bandwidths.keys()];
      throw new KvError('invalid', `--tier-bandwidths says nothing of ${name}${didYouMean(name, known)}`);
    }
    return { name, capacity, bytesPerSecond, latencyMs: (latencies.get(name) ?? 0) * msPerUs };
  });
}

function pairs(flag: string, given: string, read: (text: string) => number): Map<string, number> {
  const found = new Map<string, number>();
  for (const part of given.split(',')) {
    const [name = '', value = '', more] = part.split('=').map((text) => text.trim());
    if (name === '' || value === '' || more !== undefined) {
      throw new KvError('invalid', `${flag}: "${part}" is no pair such as pinned=16GiB`);
    }
    if (found.has(name)) throw new KvError('invalid', `${flag}: ${name} is there twice`);
    try {
      found.set(name, read(value));
    } catch (thrown) {
      throw new KvError('invalid', `${flag}: ${name}: ${KvError.from(thrown).message}`);
    }
  }
  return found;
}

function microseconds(text: string): number {
  const value = Number(text);
  if (value >= 0 && Number.isFinite(value)) return value;
  throw new KvError('invalid', `"${text}" is no number of µs`);
}
