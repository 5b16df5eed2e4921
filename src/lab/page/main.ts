import { optimumRates } from '../optimumRates.js';
import { policyLabel } from '../policyLabel.js';
import { countText } from '../reportFormat.js';
import type { SimResults } from '../simResults.js';
import { fillChoice } from './choice.js';
import { drawings, type View } from './drawings.js';
import { Legend } from './legend.js';
import { Plot } from './plot.js';
import { policyStyles } from './policyStyle.js';
import { sortTable } from './sortTable.js';
import { themeNow } from './theme.js';

// The page holds what simResultsSchema has let through.
const { runs } = JSON.parse(document.getElementById('results')?.textContent ?? '{"runs":[]}') as SimResults;

const policies = [...new Set(runs.map(({ policy }) => policy))];
if (!policies.includes('optimum') && optimumRates(runs).size > 0) policies.push('optimum');

const ofTiers = runs.filter(({ timeToFirstTokenMs, stallMs, tiers, traffic }) =>
  [timeToFirstTokenMs, stallMs, tiers, traffic].some((given) => given !== null && given !== undefined),
);
const tierCapacities = [...new Set(ofTiers.map(({ capacity }) => capacity ?? null))];
const trafficPolicies = [...new Set(ofTiers.filter(({ traffic }) => traffic).map(({ policy }) => policy))];

let view: View = {
  runs,
  policies,
  hidden: new Set(),
  capacity: tierCapacities.at(-1) ?? null,
  trafficPolicy: trafficPolicies[0] ?? null,
};

const plots: Plot[] = [];
for (const figure of document.querySelectorAll<HTMLElement>('figure[data-plot]')) {
  const draw = drawings.get(figure.dataset.plot ?? '');
  const element = figure.querySelector<HTMLElement>('.plot');
  if (draw !== undefined && element !== null) {
    plots.push(new Plot(element, themeNow(), (frame) => draw(view, frame)));
  }
}

function show(change: Partial<View>): void {
  view = { ...view, ...change };
  const theme = themeNow();
  for (const plot of plots) plot.redraw(theme);
}

const legendBox = document.getElementById('legend');
if (legendBox !== null) {
  const legend = new Legend(legendBox, policies, {
    hidden: (hidden) => show({ hidden: new Set(hidden) }),
    pointed: (policy) => {
      for (const plot of plots) plot.emphasize(policy);
    },
  });
  const paint = (): void => legend.paint(policyStyles(policies, themeNow()));
  paint();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    paint();
    show({});
  });
}

for (const select of document.querySelectorAll<HTMLSelectElement>('select[data-choice]')) {
  if (select.dataset.choice === 'capacity') {
    const choices = tierCapacities.map((value) => ({
      label: value === null ? 'as given' : `${countText(value)} blocks`,
      value,
    }));
    const first = choices.length - 1;
    fillChoice(select, choices, { first, chosen: (capacity) => show({ capacity }) });
    document.getElementById('capacityChoice')?.toggleAttribute('hidden', choices.length < 2);
  } else {
    const choices = trafficPolicies.map((value) => ({ label: policyLabel(value), value }));
    fillChoice(select, choices, { first: 0, chosen: (trafficPolicy) => show({ trafficPolicy }) });
  }
}

const table = document.getElementById('runs');
if (table instanceof HTMLTableElement) sortTable(table);
