import type { BarSeriesOption, LineSeriesOption } from 'echarts/charts';
import { BarChart, LineChart } from 'echarts/charts';
import type { GridComponentOption, LegendComponentOption, TooltipComponentOption } from 'echarts/components';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { type ComposeOption, type ECharts, init, use } from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';
import type { Theme } from './theme.js';

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, LabelLayout, SVGRenderer]);

export type PlotOption = ComposeOption<
  BarSeriesOption | LineSeriesOption | GridComponentOption | LegendComponentOption | TooltipComponentOption
>;

/** What a plot is drawn from. */
export interface PlotFrame {
  readonly theme: Theme;
  readonly width: number;
}

export interface PlotDrawing {
  readonly option: PlotOption;
  readonly heightPx: number;
}

/** A plot in an element, drawn anew whenever the element's width changes. */
export class Plot {
  readonly #element: HTMLElement;
  readonly #draw: (frame: PlotFrame) => PlotDrawing;
  readonly #chart: ECharts;
  #theme: Theme;

  constructor(element: HTMLElement, theme: Theme, draw: (frame: PlotFrame) => PlotDrawing) {
    this.#element = element;
    this.#theme = theme;
    this.#draw = draw;
    this.#chart = init(element, null, { renderer: 'svg', height: element.clientHeight });
    let drawnWidth = element.clientWidth;
    new ResizeObserver(() => {
      if (element.clientWidth === drawnWidth) return;
      drawnWidth = element.clientWidth;
      this.redraw(this.#theme);
    }).observe(element);
    this.redraw(theme);
  }

  redraw(theme: Theme): void {
    this.#theme = theme;
    const width = this.#element.clientWidth;
    const { option, heightPx } = this.#draw({ theme, width });
    this.#element.style.height = `${heightPx}px`;
    this.#chart.resize({ width, height: heightPx });
    const textStyle = { fontFamily: theme.font, color: theme.text };
    this.#chart.setOption({ animation: false, textStyle, ...option }, { notMerge: true });
  }

  /** Draws one series strongly and the others faintly; null ends that. */
  emphasize(seriesName: string | null): void {
    this.#chart.dispatchAction({ type: 'downplay' });
    if (seriesName !== null) this.#chart.dispatchAction({ type: 'highlight', seriesName });
  }
}
