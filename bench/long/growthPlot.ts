import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

export interface GrowthPoint {
  readonly tokens: number;
  readonly stepMs: number;
  readonly boundMs: number;
}

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const size = { width: 760, height: 480 };
const kibi = 1024;

/** An SVG file: the time of a step over the context, both axes logarithmic, beside the bound. */
export function growthPlot(points: readonly GrowthPoint[]): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
  const line = (of: (point: GrowthPoint) => number) => points.map(of);
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#fff',
      title: { text: 'Time of a decode step, everything hot', left: 'center', top: 12 },
      legend: { bottom: 12, itemGap: 32 },
      grid: { left: 84, right: 40, top: 64, bottom: 96 },
      // Each context is so many times the one before: evenly spaced, they make a logarithmic axis.
      xAxis: {
        type: 'category',
        name: 'tokens of the context',
        nameLocation: 'middle',
        nameGap: 34,
        data: points.map(({ tokens }) => tokensText(tokens)),
        splitLine: { show: true },
      },
      yAxis: {
        type: 'log',
        name: 'milliseconds',
        nameLocation: 'middle',
        nameGap: 54,
        axisLabel: { formatter: '{value}' },
      },
      series: [
        {
          name: 'a step',
          type: 'line',
          data: line(({ stepMs }) => stepMs),
          symbolSize: 8,
          label: { show: true, position: 'top', formatter: labelText },
          color: '#1f5fa8',
        },
        {
          name: 'the bound: all cores read the KV once',
          type: 'line',
          data: line(({ boundMs }) => boundMs),
          symbolSize: 8,
          lineStyle: { type: 'dashed' },
          label: { show: true, position: 'bottom', formatter: labelText },
          color: '#b3541e',
        },
      ],
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

function tokensText(tokens: number): string {
  if (tokens >= kibi * kibi) return `${tokens / (kibi * kibi)}M`;
  return tokens >= kibi ? `${tokens / kibi}k` : `${tokens}`;
}

function labelText({ value }: { readonly value?: unknown }): string {
  const ms = Number(value);
  return ms < 10 ? ms.toFixed(ms < 1 ? 2 : 1) : `${Math.round(ms)}`;
}
