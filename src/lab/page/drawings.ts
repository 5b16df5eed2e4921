import { formatByteSize } from '../../core/byteSize.js';
import { optimumRates } from '../optimumRates.js';
import { isReference } from '../policyLabel.js';
import { shareText, timeText } from '../reportFormat.js';
import type { SimRun } from '../simResults.js';
import { byteAxis } from './byteAxis.js';
import type { PlotDrawing, PlotFrame } from './plot.js';
import { type BarPart, type BarsOptions, policyBars } from './policyBars.js';
import { type PolicyStyle, policyStyles } from './policyStyle.js';
import { type RateLine, rateLines } from './rateLines.js';
import { trafficAreas } from './trafficAreas.js';

/** What the reader has chosen to see. */
export interface View {
  readonly runs: readonly SimRun[];
  readonly policies: readonly string[];
  readonly hidden: ReadonlySet<string>;
  /** Of the plots of tiers. */
  readonly capacity: number | null;
  /** Whose traffic is shown. */
  readonly trafficPolicy: string | null;
}

type RateName = 'prefixHitRate' | 'hitRate' | 'regret';

/** Lines to measure by that say something about this rate. */
const referencesOf: Readonly<Record<RateName, ReadonlySet<string>>> = {
  prefixHitRate: new Set(['optimum', 'infinite']),
  hitRate: new Set(['min', 'infinite']),
  regret: new Set(['optimum']),
};

/** Every plot of a report, by its name in the page. */
export const drawings: ReadonlyMap<string, (view: View, frame: PlotFrame) => PlotDrawing> = new Map([
  ['prefixHitRate', (view, frame) => rates('prefixHitRate', view, frame)],
  ['hitRate', (view, frame) => rates('hitRate', view, frame)],
  ['regret', (view, frame) => rates('regret', view, frame)],
  [
    'timeToFirstToken',
    (view, frame) => {
      const [median, p90, p99] = frame.theme.steps;
      const parts = [part('median', median), part('p90', p90), part('p99', p99)];
      const values = ({ timeToFirstTokenMs: time }: SimRun) => (time ? [time.p50, time.p90, time.p99] : []);
      return bars(view, values, { ...ofTime('time to first token'), parts, parted: 'nested' }, frame);
    },
  ],
  [
    'stall',
    (view, frame) => {
      const parts = [part('stall time', frame.theme.steps[1])];
      const values = ({ stallMs }: SimRun) => (typeof stallMs === 'number' ? [stallMs] : []);
      return bars(view, values, { ...ofTime('stall time'), parts, parted: 'sum' }, frame);
    },
  ],
  ['readBytes', (view, frame) => bytes('readBytes', 'bytes read', view, frame)],
  ['writtenBytes', (view, frame) => bytes('writtenBytes', 'bytes written', view, frame)],
  [
    'traffic',
    (view, frame) => {
      const run = atCapacity(view).find(({ policy }) => policy === view.trafficPolicy);
      return trafficAreas(run?.traffic ?? { spanMs: 1, bytes: {} }, frame);
    },
  ],
]);

const ofTime = (name: string): Pick<BarsOptions, 'text' | 'axis'> => ({
  text: timeText,
  axis: { name, text: timeText },
});

/** What each tier below the first gave or took. */
function bytes(way: 'readBytes' | 'writtenBytes', name: string, view: View, frame: PlotFrame): PlotDrawing {
  const { policies: colors } = frame.theme;
  const ofRun = ({ tiers }: SimRun) => (tiers ?? []).map(({ tier, [way]: count }) => [tier, count] as const);
  const moved = view.runs.flatMap(ofRun).filter(([, count]) => count > 0);
  const names = [...new Set(moved.map(([tier]) => tier))];
  const parts = names.map((tier, at) => part(tier, colors[at % colors.length]));
  const values = (run: SimRun) => {
    const counts = new Map(ofRun(run));
    return run.tiers ? names.map((tier) => counts.get(tier) ?? 0) : [];
  };
  const sums = atCapacity(view).map((run) => ofRun(run).reduce((sum, [, count]) => sum + count, 0));
  const axis = { name, text: formatByteSize, ticks: byteAxis(Math.max(...sums)) };
  return bars(view, values, { text: formatByteSize, axis, parts, parted: 'sum' }, frame);
}

function part(name: string, color: string | undefined): BarPart {
  return { name, color: color ?? 'gray' };
}

function atCapacity({ runs, capacity }: View): SimRun[] {
  return runs.filter((run) => (run.capacity ?? null) === capacity);
}

/** Lines over the capacities; bars where there is one, since a line of one point shows nothing. */
function rates(name: RateName, view: View, frame: PlotFrame): PlotDrawing {
  const styles = policyStyles(view.policies, frame.theme);
  const lines = view.policies
    .filter((policy) => !view.hidden.has(policy) && (!isReference(policy) || referencesOf[name].has(policy)))
    .map((policy) => lineOf(name, policy, view.runs, styles))
    .filter(({ points }) => points.length > 0);
  const capacities = new Set(lines.flatMap(({ points }) => points.map(([capacity]) => capacity)));
  if (capacities.size > 1) return rateLines(lines, frame);
  const shown = lines.map(({ policy, points }) => ({
    policy,
    values: [points[0]?.[1] ?? 0],
    isReference: isReference(policy),
  }));
  const turn = name === 'regret' ? 1 : -1;
  shown.sort((left, right) => turn * ((left.values[0] ?? 0) - (right.values[0] ?? 0)));
  const parts = [part(name, frame.theme.steps[1])];
  const axis = { name: '', text: (share: number) => shareText(share, 0) };
  return policyBars(shown, { parts, text: shareText, axis, parted: 'sum' }, frame);
}

function lineOf(
  name: RateName,
  policy: string,
  runs: readonly SimRun[],
  styles: ReadonlyMap<string, PolicyStyle>,
): RateLine {
  const style = styles.get(policy) ?? { color: 'gray', symbol: 'circle', dash: 'solid' };
  const points = runs
    .filter((run) => run.policy === policy)
    .flatMap((run) => {
      const rate = run[name];
      return typeof rate === 'number' ? [[run.capacity ?? 0, rate] as const] : [];
    });
  if (policy === 'optimum' && points.length === 0) points.push(...optimumPoints(name, runs));
  return { policy, style, points: points.sort(([left], [right]) => left - right) };
}

/** The optimum where no run of its own is there: the regret of the others tells it. */
function optimumPoints(name: RateName, runs: readonly SimRun[]): (readonly [number, number])[] {
  const known = [...optimumRates(runs)];
  if (name === 'prefixHitRate') return known;
  return name === 'regret' ? known.map(([capacity]) => [capacity, 0] as const) : [];
}

function bars(
  view: View,
  valuesOf: (run: SimRun) => readonly (number | null)[],
  options: BarsOptions,
  frame: PlotFrame,
): PlotDrawing {
  const shown = atCapacity(view)
    .filter(({ policy }) => !view.hidden.has(policy))
    .map((run) => ({ policy: run.policy, values: valuesOf(run), isReference: isReference(run.policy) }))
    .filter(({ values }) => values.length > 0);
  const length = (values: readonly (number | null)[]): number =>
    values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  shown.sort((left, right) => length(left.values) - length(right.values));
  return policyBars(shown, options, frame);
}
