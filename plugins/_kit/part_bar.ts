/**
 * One whole to scale, cut into its parts. A part is named inside the bar where its name fits; the
 * others stand below it, each with its colour, so that nothing is told by colour alone.
 */
import {html, nothing, render, svg, type TemplateResult} from 'lit/html.js';
import {onResize} from './dom';
import {duration, durationScale, percent} from './format';
import {textWidth} from './text_width';
import {swatch, svgTexture, type Texture} from './texture';
import {tooltip} from './tooltip';

export interface Part {
  readonly key: string;
  readonly label: string;
  readonly value: number;
  readonly fill: string;
  readonly ink: string;
  readonly texture?: Texture;
}

const HEIGHT_PX = 42;
const PAD_PX = 10;
const GAP_PX = 1;
/** Of the plate of page colour on which a name stands over a hatch. */
const PLATE_PX = 5;
/** Makes the names of patterns unique on the page. */
let bars = 0;

export class PartBar {
  private parts: readonly Part[] = [];
  private summary = '';
  private readonly id = `part-bar-${++bars}`;
  private readonly stop: () => void;

  /** `write` says how much a part is; by default parts are durations in ns. */
  constructor(
    private readonly host: HTMLElement,
    private readonly write?: (value: number) => string,
  ) {
    host.classList.add('part-bar');
    this.stop = onResize(host, () => this.draw());
  }

  set(parts: readonly Part[], summary: string): void {
    this.parts = parts.filter((part) => part.value > 0);
    this.summary = summary;
    this.draw();
  }

  dispose(): void {
    tooltip.hide();
    this.stop();
    render(nothing, this.host);
  }

  private draw(): void {
    const width = this.host.clientWidth;
    if (width === 0) return;
    const total = this.parts.reduce((sum, part) => sum + part.value, 0) || 1;
    const scale = durationScale(total);
    let start = 0;
    const placed = this.parts.map((part) => {
      const x = (start / total) * width;
      start += part.value;
      const amount = `${this.write?.(part.value) ?? duration(part.value, scale)} · ${percent(part.value / total)}`;
      const text_px = Math.max(textWidth(part.label, 12, 600), textWidth(amount, 11, 400));
      const width_px = (part.value / total) * width;
      return {part, x, width_px, text_px, amount, isNamed: text_px + 2 * PAD_PX <= width_px};
    });
    const unnamed = placed.filter(({isNamed}) => !isNamed);
    render(
      html`<svg width=${width} height=${HEIGHT_PX} role="img" aria-label=${this.summary}>
          <defs>${this.parts.map((part) => (isTextured(part) ? svgTexture(`${this.id}-${part.key}`, part) : nothing))}</defs>
          ${placed.map((place) => segment(place, this.id))}</svg>
        ${unnamed.length > 0 ? html`<ul class="part-names">${unnamed.map(({part, amount}) => html`<li>${swatch(part)}
          <b>${part.label}</b> <span>${amount}</span></li>`)}</ul>` : nothing}`,
      this.host,
    );
  }
}

interface Placed {
  readonly part: Part;
  readonly x: number;
  readonly width_px: number;
  readonly text_px: number;
  readonly amount: string;
  readonly isNamed: boolean;
}

function isTextured(part: Part): boolean {
  return part.texture !== undefined && part.texture !== 'solid';
}

function segment({part, x, width_px, text_px, amount, isNamed}: Placed, id: string): TemplateResult {
  const hatched = isTextured(part);
  const ink = hatched ? 'var(--text-1)' : part.ink;
  const tip = (event: PointerEvent): void =>
    tooltip.show(html`<div>${part.label}</div><div class="value">${amount}</div>`, event.clientX, event.clientY);
  return svg`<g data-part=${part.key} @pointermove=${tip} @pointerleave=${() => tooltip.hide()}>
    <rect x=${x} width=${Math.max(0.5, width_px - GAP_PX)} height=${HEIGHT_PX} rx="2" fill=${hatched ? `url(#${id}-${part.key})` : part.fill}></rect>
    ${isNamed && hatched ? svg`<rect x=${x + PAD_PX - PLATE_PX} y="4" width=${text_px + 2 * PLATE_PX} height=${HEIGHT_PX - 8} fill="var(--surface-1)"></rect>` : nothing}
    ${isNamed ? svg`<text class="name" x=${x + PAD_PX} y="18" fill=${ink}>${part.label}</text>
      <text x=${x + PAD_PX} y="33" fill=${ink}>${amount}</text>` : nothing}
  </g>`;
}
