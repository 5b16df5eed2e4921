import { describe, expect, it } from 'vitest';
import { projectFiles, readProjectFile } from './projectFiles.js';

const folder = 'docs/runbooks';
const names = (text: string): string[] => text.match(/kvtide_[a-z_]+/g) ?? [];
const metrics = new Set(
  projectFiles((path) => /^src\/observe\/\w+\.ts$/.test(path)).flatMap((path) =>
    [...readProjectFile(path).matchAll(/'(kvtide_[a-z_]+)'/g)].map(([, name = '']) => name),
  ),
);
/** Rows of the table: the metric and the page that says what to do. */
const rows = [
  ...readProjectFile(`${folder}/README.md`).matchAll(
    /^\| `(kvtide_\w+)` \| .+ \| \[\w+\]\((\w+\.md)\) \|$/gm,
  ),
].map(([, metric = '', page = '']) => ({ metric, page }));
/** Things that went wrong, by their names: each needs a runbook. */
const alarming = [...metrics].filter((name) => /loss|refus|failure|dropped|misses|waiting/.test(name));

describe('runbooks', () => {
  it('name only metrics that there are', () => {
    const files = projectFiles((path) => path.startsWith(`${folder}/`));
    expect(files.length).toBeGreaterThan(2);
    const named = files.flatMap((path) => names(readProjectFile(path)));
    expect(named.filter((name) => !metrics.has(name))).toEqual([]);
  });

  it('have a row for each metric that counts what went wrong', () => {
    expect(alarming.length).toBeGreaterThan(4);
    expect(alarming.filter((name) => !rows.some(({ metric }) => metric === name))).toEqual([]);
  });

  it.each(rows)('$page says what $metric means, what to look at and what to do', ({ metric, page }) => {
    const text = readProjectFile(`${folder}/${page}`);
    expect(text).toContain(`\`${metric}\``);
    for (const part of ['What it means.', 'Look at', 'What to do.']) expect(text).toContain(`**${part}**`);
  });

  it('has alerts only for metrics of the table', () => {
    const alerts = names(readProjectFile(`${folder}/alerts.yml`));
    expect(alerts.length).toBeGreaterThan(0);
    expect(alerts.filter((name) => !rows.some(({ metric }) => metric === name))).toEqual([]);
  });
});
