import { isReference } from '../policyLabel.js';
import type { Theme } from './theme.js';

export interface PolicyStyle {
  readonly color: string;
  /** A symbol of ECharts. */
  readonly symbol: string;
  readonly dash: 'solid' | 'dashed' | 'dotted' | number[];
}

/** As many as are coprime to the number of colours, so that each pair comes once before any comes again. */
const symbols = ['circle', 'rect', 'triangle', 'diamond'];
const referenceDashes: ReadonlyMap<string, PolicyStyle['dash']> = new Map<string, PolicyStyle['dash']>([
  ['optimum', 'dashed'],
  ['min', [8, 3, 2, 3]],
  ['infinite', 'dotted'],
]);

/** A colour and a symbol for each policy, by its place among the policies; what no policy can pass is dashed. */
export function policyStyles(policies: readonly string[], theme: Theme): ReadonlyMap<string, PolicyStyle> {
  const styles = new Map<string, PolicyStyle>();
  let place = 0;
  for (const policy of policies) {
    if (isReference(policy)) {
      const color = policy === 'infinite' ? theme.quiet : theme.text;
      styles.set(policy, { color, symbol: 'none', dash: referenceDashes.get(policy) ?? 'dashed' });
      continue;
    }
    const color = theme.policies[place % theme.policies.length] ?? theme.text;
    styles.set(policy, { color, symbol: symbols[place % symbols.length] ?? 'circle', dash: 'solid' });
    place += 1;
  }
  return styles;
}
