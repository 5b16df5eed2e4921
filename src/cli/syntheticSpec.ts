import { KvError } from '../core/errors.js';
import {
  type SyntheticKind,
  type SyntheticSpec,
  syntheticDefaults,
  syntheticKinds,
} from '../sim/synthetic/syntheticTrace.js';
import { didYouMean } from './nearestName.js';

/** Past this a trace does not fit into memory. */
const valueMax = 10_000_000;
/** What may be below 1, or 0. */
const leastOf: Readonly<Record<string, number>> = {
  skew: 0,
  systemSkew: 0,
  forks: 0,
  gapMs: 0,
  perMinute: 0.001,
};
const fractions = new Set(['skew', 'systemSkew', 'forks', 'gapMs', 'perMinute', 'turns']);

/**
 * Reads what --synthetic says: a kind, and parameters as in `chat:requests=5000,turns=4`.
 * @throws KvError `invalid` that names the kind, or the parameter, and what there is.
 */
export function parseSynthetic(given: string): SyntheticSpec {
  const [name = '', ...rest] = given.split(':');
  const kind = syntheticKinds.find((known) => known === name);
  if (kind === undefined) {
    const known = syntheticKinds.join(', ');
    throw refused(`"${name}" is none of ${known}${didYouMean(name, syntheticKinds)}`);
  }
  const parameters: Record<string, number> = {};
  const text = rest.join(':');
  for (const part of text === '' ? [] : text.split(',')) {
    const [key = '', value = '', more] = part.split('=');
    if (more !== undefined || value === '')
      throw refused(`"${part}" is no parameter; write for example requests=5000`);
    parameters[key.trim()] = numberOf(kind, key.trim(), value);
  }
  return { kind, parameters };
}

function numberOf(kind: SyntheticKind, key: string, text: string): number {
  const keys = Object.keys(syntheticDefaults(kind));
  if (!keys.includes(key)) {
    throw refused(`${kind} has no "${key}", but ${keys.join(', ')}${didYouMean(key, keys)}`);
  }
  const value = Number(text);
  const least = leastOf[key] ?? 1;
  const most = key === 'forks' ? 1 : valueMax;
  const isKind = fractions.has(key) ? Number.isFinite(value) : Number.isInteger(value);
  if (text.trim() !== '' && isKind && value >= least && value <= most) return value;
  const wanted = fractions.has(key) ? 'number' : 'whole number';
  throw refused(`${key}: a ${wanted} from ${least} to ${most} is wanted, not "${text}"`);
}

function refused(what: string): KvError {
  return new KvError('invalid', `--synthetic: ${what}`);
}
