import { policyLabel } from '../policyLabel.js';
import { axisStyle, tooltipStyle } from './axisStyle.js';
import type { PlotDrawing, PlotFrame } from './plot.js';
import { tip } from './tip.js';

export interface BarPart {
  readonly name: string;
  readonly color: string;
}

/** The parts of one policy's bar, in their order; a part without a value is left out. */
export interface PolicyBar {
  readonly policy: string;
  readonly values: readonly (number | null)[];
  /** A line to measure by, whose bar is hollow. */
  readonly isReference: boolean;
}

export interface BarsOptions {
  readonly parts: readonly BarPart[];
  readonly text: (value: number) => string;
  readonly axis: {
    readonly name: string;
    readonly text: (value: number) => string;
    /** Without them ECharts chooses. */
    readonly ticks?: { readonly interval: number; readonly max: number };
  };
  /**
   * `sum` when the parts of a bar add up; `nested` when each value counts from zero and is at least the one
   * before, as percentiles do.
   */
  readonly parted: 'sum' | 'nested';
}

const rowHeightPx = 26;
const frameHeightPx = 96;

/** A horizontal bar for each policy, in the order given, from the top. */
export function policyBars(
  bars: readonly PolicyBar[],
  { parts, text, axis: valueAxis, parted }: BarsOptions,
  { theme, width }: PlotFrame,
): PlotDrawing {
  const axis = axisStyle(theme);
  const lengths = bars.map(({ values }) => lengthsOf(values, parted));
  const isKeyed = parts.length > 1;
  const option: PlotDrawing['option'] = {
    grid: { left: 8, right: 64, top: isKeyed ? 34 : 8, bottom: 32, outerBoundsMode: 'same' },
    ...(isKeyed
      ? { legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 10, textStyle: { color: theme.text } } }
      : {}),
    xAxis: {
      type: 'value',
      name: valueAxis.name,
      nameLocation: 'middle',
      nameGap: 28,
      ...axis,
      axisLabel: {
        ...axis.axisLabel,
        formatter: (value: number) => valueAxis.text(value),
        hideOverlap: true,
      },
      ...valueAxis.ticks,
      splitNumber: width < 500 ? 3 : 5,
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: bars.map(({ policy }) => policy),
      ...axis,
      axisTick: { show: false },
      axisLabel: {
        color: theme.text,
        fontSize: 12,
        interval: 0,
        formatter: policyLabel,
        width: Math.min(150, width * 0.32),
        overflow: 'truncate',
      },
    },
    tooltip: {
      trigger: 'axis',
      axisPointer: { type: 'shadow' },
      ...tooltipStyle(theme),
      formatter: (given) => {
        const bar = bars[rowOf(given)];
        return bar === undefined ? '' : tipOf(bar, parts, text);
      },
    },
    series: parts.map(({ name, color }, at) => ({
      type: 'bar',
      name,
      stack: 'parts',
      barMaxWidth: 16,
      color,
      data: bars.map(({ isReference }, row) => ({
        value: lengths[row]?.[at] ?? 0,
        itemStyle: isReference
          ? { color: 'transparent', borderColor: theme.text, borderType: 'dashed', borderWidth: 1 }
          : { color },
      })),
      label: {
        show: at === parts.length - 1,
        position: 'right',
        color: theme.text,
        fontSize: 12,
        formatter: ({ dataIndex }: { readonly dataIndex: number }) => endText(bars[dataIndex], parted, text),
      },
    })),
  };
  return { option, heightPx: frameHeightPx + bars.length * rowHeightPx };
}

function lengthsOf(values: readonly (number | null)[], parted: BarsOptions['parted']): number[] {
  if (parted === 'sum') return values.map((value) => value ?? 0);
  let before = 0;
  return values.map((value) => {
    const length = Math.max(0, (value ?? before) - before);
    before += length;
    return length;
  });
}

function endText(
  bar: PolicyBar | undefined,
  parted: BarsOptions['parted'],
  text: BarsOptions['text'],
): string {
  if (bar === undefined) return '';
  const values = bar.values.map((value) => value ?? 0);
  return text(parted === 'sum' ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values));
}

function rowOf(given: unknown): number {
  const [first] = Array.isArray(given) ? (given as readonly { readonly dataIndex?: number }[]) : []; // as ECharts says
  return first?.dataIndex ?? -1;
}

function tipOf(
  { policy, values }: PolicyBar,
  parts: readonly BarPart[],
  text: BarsOptions['text'],
): HTMLElement {
  const rows = parts.flatMap(({ name, color }, at) => {
    const value = values[at];
    return typeof value === 'number' ? [{ color, name, value: text(value) }] : [];
  });
  return tip(policyLabel(policy), rows);
}
