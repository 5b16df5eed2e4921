import { formatByteSize } from '../../core/byteSize.js';
import { axisStyle, tooltipStyle } from './axisStyle.js';
import { byteAxis } from './byteAxis.js';
import type { PlotDrawing, PlotFrame } from './plot.js';
import { tip } from './tip.js';

export interface Traffic {
  readonly spanMs: number;
  /** Bytes in each span from the start, by tier. */
  readonly bytes: Readonly<Record<string, readonly number[]>>;
}

const msPerMinute = 60_000;
const msPerSecond = 1000;
const plotHeightPx = 300;

/** What each tier gave each second, over time, one on top of the other. */
export function trafficAreas({ spanMs, bytes }: Traffic, { theme, width }: PlotFrame): PlotDrawing {
  const axis = axisStyle(theme);
  const tiers = Object.entries(bytes).map(([name, spans], at) => ({
    name,
    color: theme.policies[at % theme.policies.length] ?? theme.text,
    perSecond: spans.map((given) => (given * msPerSecond) / spanMs),
  }));
  const most = tiers
    .reduce<number[]>((sums, { perSecond }) => sumsWith(sums, perSecond), [])
    .reduce(larger, 0);
  const minuteOf = (span: number): number => (span * spanMs) / msPerMinute;
  const option: PlotDrawing['option'] = {
    grid: { left: 8, right: 18, top: 34, bottom: 32, outerBoundsMode: 'same' },
    legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 10, textStyle: { color: theme.text } },
    xAxis: {
      type: 'value',
      max: 'dataMax',
      name: 'time (minutes)',
      nameLocation: 'middle',
      nameGap: 28,
      ...axis,
      axisLabel: { ...axis.axisLabel, hideOverlap: true, showMaxLabel: false },
      splitLine: { show: false },
      splitNumber: width < 500 ? 4 : 8,
    },
    yAxis: {
      type: 'value',
      ...byteAxis(most),
      ...axis,
      axisLabel: { ...axis.axisLabel, formatter: rateText },
    },
    tooltip: {
      trigger: 'axis',
      ...tooltipStyle(theme),
      formatter: (given) => {
        const span = spanOf(given);
        const rows = tiers.map(({ name, color, perSecond }) => ({
          color,
          name,
          value: rateText(perSecond[span] ?? 0),
        }));
        return tip(`minute ${Number(minuteOf(span).toFixed(2))}`, rows);
      },
    },
    series: tiers.map(({ name, color, perSecond }) => ({
      type: 'line',
      name,
      stack: 'tiers',
      step: 'start',
      symbol: 'none',
      color,
      lineStyle: { width: 1 },
      areaStyle: { opacity: 0.55 },
      data: perSecond.map((rate, span) => [minuteOf(span), rate]),
    })),
  };
  return { option, heightPx: plotHeightPx };
}

const larger = (left: number, right: number): number => Math.max(left, right);

function sumsWith(sums: readonly number[], rates: readonly number[]): number[] {
  const longest = sums.length > rates.length ? sums : rates;
  return longest.map((_, at) => (sums[at] ?? 0) + (rates[at] ?? 0));
}

function rateText(bytesPerSecond: number): string {
  return `${formatByteSize(Math.round(bytesPerSecond))}/s`;
}

function spanOf(given: unknown): number {
  const [first] = Array.isArray(given) ? (given as readonly { readonly dataIndex?: number }[]) : []; // as ECharts says
  return first?.dataIndex ?? 0;
}
