import { policyLabel } from '../policyLabel.js';
import { countText, shareText, shortCountText } from '../reportFormat.js';
import { axisStyle, tooltipStyle } from './axisStyle.js';
import type { PlotDrawing, PlotFrame } from './plot.js';
import type { PolicyStyle } from './policyStyle.js';
import { tip } from './tip.js';

/** The rates of one policy, by ascending capacity. */
export interface RateLine {
  readonly policy: string;
  readonly style: PolicyStyle;
  readonly points: readonly (readonly [capacity: number, rate: number])[];
}

/** A plot this wide has room for names at the ends of its lines. */
const namedWidthPx = 700;
const heightPx = { named: 460, plain: 340 };

/** Rates against capacity, one line a policy; its names are those of the policies. */
export function rateLines(lines: readonly RateLine[], { theme, width }: PlotFrame): PlotDrawing {
  const isNamed = width >= namedWidthPx;
  const capacities = [...new Set(lines.flatMap(({ points }) => points.map(([capacity]) => capacity)))];
  capacities.sort((left, right) => left - right);
  const axis = axisStyle(theme);
  const option: PlotDrawing['option'] = {
    grid: { left: 52, right: isNamed ? 168 : 18, top: 14, bottom: 48 },
    xAxis: {
      type: 'log',
      min: 'dataMin',
      max: 'dataMax',
      name: 'capacity (blocks, logarithmic)',
      nameLocation: 'middle',
      nameGap: 30,
      ...axis,
      splitLine: { show: false },
      axisTick: { customValues: capacities },
      axisLabel: {
        ...axis.axisLabel,
        customValues: capacities,
        formatter: shortCountText,
        hideOverlap: true,
      },
      axisPointer: { lineStyle: { color: theme.quiet }, triggerEmphasis: false },
    },
    yAxis: {
      type: 'value',
      min: ({ min }) => Math.min(0, min),
      ...axis,
      axisLabel: { ...axis.axisLabel, formatter: (share: number) => shareText(share, 0) },
    },
    tooltip: {
      trigger: 'axis',
      ...tooltipStyle(theme),
      formatter: (given) => {
        const capacity = capacityOf(given);
        return capacity === null ? '' : tipOf(lines, capacity);
      },
    },
    series: lines.map(({ policy, style, points }) => ({
      type: 'line',
      name: policy,
      data: points.map((point) => [...point]),
      symbol: style.symbol,
      symbolSize: 8,
      showAllSymbol: true,
      color: style.color,
      lineStyle: { type: style.dash, width: style.symbol === 'none' ? 2.5 : 2 },
      z: style.symbol === 'none' ? 4 : 3,
      endLabel: {
        show: isNamed,
        formatter: policyLabel(policy),
        color: style.color,
        fontSize: 12,
        distance: 8,
        lineHeight: 16,
        width: 150,
        overflow: 'truncate',
      },
      labelLayout: { moveOverlap: 'shiftY' },
      emphasis: { focus: 'series', lineStyle: { width: 3.5 } },
      blur: { lineStyle: { opacity: 0.12 }, itemStyle: { opacity: 0.12 }, endLabel: { opacity: 0.12 } },
    })),
  };
  return { option, heightPx: isNamed ? heightPx.named : heightPx.plain };
}

function capacityOf(given: unknown): number | null {
  const [first] = Array.isArray(given) ? (given as readonly { readonly value?: unknown }[]) : []; // as ECharts says
  const capacity = Array.isArray(first?.value) ? Number(first.value[0]) : Number.NaN;
  return Number.isFinite(capacity) ? capacity : null;
}

function tipOf(lines: readonly RateLine[], capacity: number): HTMLElement {
  const rows = lines.flatMap(({ policy, style, points }) => {
    const point = points.find(([at]) => at === capacity);
    return point === undefined ? [] : [{ policy, color: style.color, rate: point[1] }];
  });
  rows.sort((left, right) => right.rate - left.rate);
  return tip(
    `${countText(capacity)} blocks`,
    rows.map(({ policy, color, rate }) => ({ color, name: policyLabel(policy), value: shareText(rate) })),
  );
}
