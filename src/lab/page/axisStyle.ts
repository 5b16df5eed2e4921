import type { Theme } from './theme.js';

/** What both axes of every plot look like. */
export function axisStyle({ quiet, line }: Theme) {
  return {
    nameTextStyle: { color: quiet, fontSize: 12 },
    axisLine: { lineStyle: { color: line } },
    axisLabel: { color: quiet, fontSize: 12 },
    splitLine: { lineStyle: { color: line } },
  };
}

/** What hovers over every plot; it stays inside of it. */
export function tooltipStyle({ panel, line }: Theme) {
  return {
    confine: true,
    backgroundColor: panel,
    borderColor: line,
    padding: [8, 10],
    transitionDuration: 0,
  };
}
