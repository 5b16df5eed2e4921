import { createHash } from 'node:crypto';
import { escapeHtml } from './escapeHtml.js';
import { optimumRates } from './optimumRates.js';
import { isReference } from './policyLabel.js';
import { countText, shareText } from './reportFormat.js';
import { reportStyle } from './reportStyle.js';
import { reportSummary } from './reportSummary.js';
import { reportTable } from './reportTable.js';
import type { SimResults } from './simResults.js';

interface Plot {
  /** Tells the script of the page what to draw there. */
  readonly plot: string;
  readonly title: string;
  readonly about: string;
}

const lowerIsBetter = 'Lower is better.';

/**
 * One HTML page with plots and a table of every run. It holds all that it needs and asks nobody for anything,
 * which its own content policy makes sure of.
 * @param script JavaScript that draws the plots and sorts the table; it runs as it is.
 */
export function reportPage(results: SimResults, script: string): string {
  const { trace, runs } = results;
  const title = trace.name ? `Replay of ${trace.name}` : 'Replay of a trace';
  const tiers = plotsOfTiers(results);
  const hash = createHash('sha256').update(script).digest('base64');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} – kvtide sim</title>
<style>${reportStyle}</style>
</head>
<body>
<header>
<p class="made">kvtide sim</p>
<h1>${escapeHtml(title)}</h1>
${figures(results)}
</header>
<main>
${reportSummary(runs)}
<noscript><p>The plots need JavaScript; every figure also stands in the table below.</p></noscript>
<div class="legend" id="legend" role="group" aria-label="Policies in the plots"></div>
<section class="plots">
${plotsOfRates(results).map(figure).join('\n')}
</section>
${tiers.length === 0 ? '' : tierSection(tiers)}
<section>
<h2>All runs</h2>
<p class="about">A click on a head sorts by it, a second one turns the order round. The best policy of each capacity is bold; lines that no policy can pass are in italics.</p>
<div class="scroll" tabindex="0" role="region" aria-label="All runs">
${reportTable(runs)}
</div>
</section>
</main>
<script type="application/json" id="results">${inScript(results)}</script>
<script>${script}</script>
</body>
</html>
`;
}

function figures({ trace, runs }: SimResults): string {
  const policies = new Set(runs.map(({ policy }) => policy).filter((policy) => !isReference(policy)));
  const all: (readonly [string, string])[] = [
    ['requests', countText(trace.requests)],
    ['block accesses', countText(trace.accesses)],
    ['different blocks', countText(trace.uniqueBlocks)],
    ['policies', countText(policies.size)],
  ];
  if (trace.warmup) all.push(['warm-up, not counted', shareText(trace.warmup, 0)]);
  const items = all.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`);
  return `<dl class="figures">${items.join('')}</dl>`;
}

function plotsOfRates({ runs }: SimResults): Plot[] {
  const plots: Plot[] = [];
  const has = (name: 'prefixHitRate' | 'hitRate' | 'regret') =>
    runs.some((run) => typeof run[name] === 'number');
  const hasOptimum = optimumRates(runs).size > 0;
  if (has('prefixHitRate')) {
    plots.push({
      plot: 'prefixHitRate',
      title: 'Prefix hit rate',
      about: `Share of the accesses that hit together with every block before them in their request.${hasOptimum ? ' Dashed: the strict-prefix optimum.' : ''}`,
    });
  }
  if (has('regret')) {
    plots.push({
      plot: 'regret',
      title: 'Regret',
      about: `Share of the optimum’s prefix hits that a policy misses. ${lowerIsBetter}${hasOptimum ? ' Dashed: the optimum, 0.' : ''}`,
    });
  }
  if (has('hitRate')) {
    const hasMin = runs.some(({ policy }) => policy === 'min');
    plots.push({
      plot: 'hitRate',
      title: 'Block hit rate',
      about: `Share of the accesses that hit, whatever comes before them.${hasMin ? ' Dashed: Belady’s MIN.' : ''}`,
    });
  }
  return plots;
}

function plotsOfTiers({ runs }: SimResults): Plot[] {
  const plots: Plot[] = [];
  if (runs.some(({ timeToFirstTokenMs }) => timeToFirstTokenMs)) {
    plots.push({
      plot: 'timeToFirstToken',
      title: 'Time to first token',
      about: `Median, 90th and 99th percentile of the requests. ${lowerIsBetter}`,
    });
  }
  if (runs.some(({ stallMs }) => typeof stallMs === 'number')) {
    plots.push({
      plot: 'stall',
      title: 'Stall time',
      about: `Time that requests waited for bytes, all together. ${lowerIsBetter}`,
    });
  }
  if (runs.some(({ tiers }) => tiers)) {
    plots.push(
      { plot: 'readBytes', title: 'Bytes read', about: 'What was loaded from each tier, all together.' },
      {
        plot: 'writtenBytes',
        title: 'Bytes written',
        about: 'What was copied or moved down to each tier, all together.',
      },
    );
  }
  if (runs.some(({ traffic }) => traffic)) {
    plots.push({
      plot: 'traffic',
      title: 'Tier traffic over time',
      about: 'What was loaded from each tier each second.',
    });
  }
  return plots;
}

function figure({ plot, title, about }: Plot): string {
  const control = plot === 'traffic' ? choice('policy') : '';
  return `<figure data-plot="${plot}"><figcaption><h2>${title}</h2><p class="about">${about}</p>${control}</figcaption><div class="plot" role="img" aria-label="${title}: a plot; every figure also stands in the table"></div></figure>`;
}

function tierSection(plots: readonly Plot[]): string {
  return `<section aria-label="Tiers">
<div class="choices" id="capacityChoice">${choice('capacity')}</div>
<div class="plots">
${plots.map(figure).join('\n')}
</div>
</section>`;
}

function choice(of: string): string {
  return `<label class="choice">${of} <select data-choice="${of}"></select></label>`;
}

/** JSON that nothing inside can end the element of, nor open a comment in. */
function inScript(results: SimResults): string {
  return JSON.stringify(results).replaceAll('<', '\\u003c');
}
