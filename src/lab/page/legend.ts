import { policyLabel } from '../policyLabel.js';
import type { PolicyStyle } from './policyStyle.js';

export interface LegendEvents {
  /** The policies that are hidden now. */
  readonly hidden: (policies: ReadonlySet<string>) => void;
  /** A policy is pointed at; null when none is any more. */
  readonly pointed: (policy: string | null) => void;
}

/** One legend for all plots: a button a policy, which hides and shows it. */
export class Legend {
  readonly #box: HTMLElement;
  readonly #events: LegendEvents;
  readonly #hidden = new Set<string>();
  readonly #swatches = new Map<string, HTMLElement>();

  constructor(box: HTMLElement, policies: readonly string[], events: LegendEvents) {
    this.#box = box;
    this.#events = events;
    for (const policy of policies) this.#add(policy);
  }

  paint(styles: ReadonlyMap<string, PolicyStyle>): void {
    for (const [policy, swatch] of this.#swatches) {
      const style = styles.get(policy);
      if (style !== undefined) swatch.replaceChildren(swatchOf(style));
    }
  }

  #add(policy: string): void {
    const button = document.createElement('button');
    button.type = 'button';
    button.title = `${policy}: hide or show`;
    button.setAttribute('aria-pressed', 'true');
    const swatch = document.createElement('span');
    swatch.style.display = 'inline-flex';
    this.#swatches.set(policy, swatch);
    button.append(swatch, policyLabel(policy));
    button.addEventListener('click', () => {
      if (!this.#hidden.delete(policy)) this.#hidden.add(policy);
      button.setAttribute('aria-pressed', String(!this.#hidden.has(policy)));
      this.#events.hidden(this.#hidden);
    });
    const point = (at: string | null) => () => this.#events.pointed(at);
    button.addEventListener('mouseenter', point(policy));
    button.addEventListener('focus', point(policy));
    button.addEventListener('mouseleave', point(null));
    button.addEventListener('blur', point(null));
    this.#box.append(button);
  }
}

const svg = 'http://www.w3.org/2000/svg';
const shapes: Readonly<Record<string, string>> = {
  circle: 'M9 6a4 4 0 1 0 8 0a4 4 0 1 0 -8 0',
  rect: 'M9 2h8v8h-8z',
  triangle: 'M13 2l4 8h-8z',
  diamond: 'M13 1l4.5 5l-4.5 5l-4.5 -5z',
};
const dashes = { solid: '', dashed: '5 3', dotted: '2 2' } as const;

function swatchOf({ color, symbol, dash }: PolicyStyle): SVGElement {
  const picture = document.createElementNS(svg, 'svg');
  const attributes = { width: '26', height: '12', 'aria-hidden': 'true' };
  for (const [name, value] of Object.entries(attributes)) picture.setAttribute(name, value);
  const line = document.createElementNS(svg, 'path');
  line.setAttribute('d', 'M0 6h26');
  line.setAttribute('stroke', color);
  line.setAttribute('stroke-width', '2');
  line.setAttribute('stroke-dasharray', typeof dash === 'string' ? dashes[dash] : dash.join(' '));
  picture.append(line);
  const shape = shapes[symbol];
  if (shape !== undefined) {
    const mark = document.createElementNS(svg, 'path');
    mark.setAttribute('d', shape);
    mark.setAttribute('fill', color);
    picture.append(mark);
  }
  return picture;
}
