/**
 * A chart of columns, each a stack of parts: step times, with their median and with the slow ones
 * named. Canvas, so that 100 000 columns draw as fast as 20: where columns are narrower than
 * 3 px, one pixel column shows the longest of those that fall on it, and the caption says so.
 */
import {html, type TemplateResult} from 'lit/html.js';
import {clamp, drawAxis, drawStack, haloText, LEFT_PX, line, longestOf, outline, type StackFill} from './bar_drawing';
import {ScaledCanvas, type Drawing, niceTicks} from './canvas';
import {duration, durationScale, scaled, type Scale} from './format';
import {roundLabels} from './round_labels';
import {theme, type Theme} from './theme';
import {canvasTexture, swatch, type Texture} from './texture';
import {tooltip} from './tooltip';

export interface BarPart {
  readonly key: string;
  readonly label: string;
  readonly fill: string;
  readonly texture?: Texture;
}

export interface Bar {
  /** Stands on the axis: the step's number. */
  readonly label: string;
  readonly total: number;
  /** In the order of `parts`. */
  readonly values: readonly number[];
  /** "+94 ms": shown beside a column that stands out. */
  readonly note?: string;
  /** What the column shows is not whole. */
  readonly isOpen?: boolean;
}

export interface StackedBarsData {
  readonly parts: readonly BarPart[];
  readonly bars: readonly Bar[];
  readonly median: number | undefined;
  readonly selected: number | undefined;
  /** The sentence that stands for the picture. */
  readonly summary: string;
}

export interface StackedBarsEvents {
  tip(index: number): TemplateResult;
  /** A click or Enter; the index of the bar. */
  choose(index: number): void;
  /** The chart has another width: barsPerColumn may have changed. */
  laidOut?(): void;
}

/** For the median's words, at the end of its line. */
const RIGHT_PX = 48;
const TOP_PX = 16;
const BOTTOM_PX = 20;
const LABEL_GAP_PX = 14;
const NARROWEST_PX = 3;
/** A few columns don't fill the chart: they are columns, not areas. */
const WIDEST_PX = 160;
/** More slow columns than this are not named on the axis, the greatest are. */
const MOST_NAMED = 12;

export class StackedBars {
  private data: StackedBarsData = {parts: [], bars: [], median: undefined, selected: undefined, summary: ''};
  private readonly canvas: ScaledCanvas;
  private hovered: number | undefined;
  private focused: number | undefined;
  private plot_px = 1;

  constructor(
    host: HTMLElement,
    private readonly events: StackedBarsEvents,
  ) {
    this.canvas = new ScaledCanvas(host, (drawing) => this.draw(drawing));
    const node = this.canvas.node;
    node.tabIndex = 0;
    node.setAttribute('role', 'img');
    node.addEventListener('pointermove', (event) => this.hover(event));
    node.addEventListener('pointerleave', () => this.leave());
    node.addEventListener('click', (event) => {
      const index = this.barAt(event.offsetX);
      if (index !== undefined) this.events.choose(index);
    });
    node.addEventListener('keydown', (event) => this.press(event));
    node.addEventListener('blur', () => {
      this.focused = undefined;
      this.leave();
    });
  }

  set(data: StackedBarsData): void {
    this.data = data;
    this.canvas.node.setAttribute('aria-label', data.summary);
    this.canvas.redraw();
  }

  /** How many bars share one column of pixels; 1 where each has its own. */
  get barsPerColumn(): number {
    return Math.max(1, (this.data.bars.length * NARROWEST_PX) / this.plot_px);
  }

  dispose(): void {
    tooltip.hide();
    this.canvas.dispose();
  }

  private barAt(x_px: number): number | undefined {
    const {bars} = this.data;
    const index = Math.floor(((x_px - LEFT_PX) / this.plot_px) * bars.length);
    if (x_px < LEFT_PX || index < 0 || index >= bars.length) return undefined;
    // Of bars that share a column the longest is what one sees.
    const from = Math.floor(index - (index % Math.ceil(this.barsPerColumn)));
    let longest = index;
    if (this.barsPerColumn > 1) {
      for (let i = from; i < Math.min(bars.length, from + Math.ceil(this.barsPerColumn)); i++) {
        if ((bars[i]?.total ?? 0) > (bars[longest]?.total ?? 0)) longest = i;
      }
    }
    return longest;
  }

  private hover(event: PointerEvent): void {
    const index = this.barAt(event.offsetX);
    if (index !== this.hovered) {
      this.hovered = index;
      this.canvas.redraw();
    }
    if (index === undefined) tooltip.hide();
    else tooltip.show(this.events.tip(index), event.clientX, event.clientY);
  }

  private leave(): void {
    this.hovered = undefined;
    tooltip.hide();
    this.canvas.redraw();
  }

  private press(event: KeyboardEvent): void {
    const last = this.data.bars.length - 1;
    const at = this.focused ?? this.data.selected ?? -1;
    const moves: Record<string, number> = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last};
    const to = moves[event.key];
    if (event.key === 'Enter' && this.focused !== undefined) this.events.choose(this.focused);
    else if (to === undefined || event.altKey || event.metaKey || event.ctrlKey) return;
    else this.focus(Math.min(last, Math.max(0, to)));
    event.preventDefault();
  }

  private focus(index: number): void {
    this.focused = this.hovered = index;
    const box = this.canvas.node.getBoundingClientRect();
    const x = LEFT_PX + ((index + 1) / Math.max(1, this.data.bars.length)) * this.plot_px;
    tooltip.show(this.events.tip(index), box.left + x, box.top + TOP_PX);
    this.canvas.redraw();
  }

  private draw({context, width_px, height_px}: Drawing): void {
    const {bars} = this.data;
    const now = theme();
    const end_px = width_px - (this.data.median === undefined ? 0 : RIGHT_PX);
    const plot_px = Math.max(1, Math.min(end_px - LEFT_PX, bars.length * WIDEST_PX));
    if (plot_px !== this.plot_px) queueMicrotask(() => this.events.laidOut?.());
    this.plot_px = plot_px;
    const greatest = bars.reduce((most, bar) => Math.max(most, bar.total), 0);
    const scale = durationScale(greatest);
    const ticks = niceTicks(greatest / scale.divisor).map((tick) => tick * scale.divisor);
    const high = ticks.at(-1) || 1;
    const base_px = height_px - BOTTOM_PX;
    const y = (value: number): number => base_px - (value / high) * (base_px - TOP_PX);
    drawAxis(context, now, ticks, scale, y, end_px);
    if (bars.length === 0) return;
    this.drawBars(context, now, y, base_px);
    this.drawMedian(context, now, scale, y, end_px);
    this.drawLabels(context, now, y, height_px);
  }

  private drawBars(context: CanvasRenderingContext2D, now: Theme, y: (value: number) => number, base_px: number): void {
    const {bars, parts, selected} = this.data;
    const fills = parts.map((part): StackFill => {
      const colour = now.colour(part.fill);
      return {colour, pattern: canvasTexture(context, colour, part.texture)};
    });
    const band_px = this.plot_px / bars.length;
    const share = Math.max(1, Math.ceil(this.barsPerColumn));
    const gap_px = band_px >= 24 ? 4 : band_px >= 8 ? 2 : band_px >= NARROWEST_PX ? 1 : 0;
    for (let first = 0; first < bars.length; first += share) {
      const index = longestOf(bars, first, share);
      const bar = bars[index];
      if (!bar) continue;
      const x = LEFT_PX + first * band_px + gap_px / 2;
      const wide_px = Math.max(1, band_px * Math.min(share, bars.length - first) - gap_px);
      context.globalAlpha = bar.isOpen ? 0.55 : 1;
      drawStack(context, bar, fills, x, wide_px, y, base_px);
      context.globalAlpha = 1;
      const isMarked = selected !== undefined && selected >= first && selected < first + share;
      if (isMarked || index === this.hovered) outline(context, now, x, y(bar.total), wide_px, base_px, isMarked);
    }
  }

  private drawMedian(context: CanvasRenderingContext2D, now: Theme, scale: Scale, y: (value: number) => number, end_px: number): void {
    const {median} = this.data;
    if (median === undefined) return;
    const at = Math.round(y(median)) + 0.5;
    context.strokeStyle = now.colour('--text-1');
    context.lineWidth = 1;
    context.setLineDash([2, 3]);
    line(context, LEFT_PX, at, end_px, at);
    context.setLineDash([]);
    haloText(context, now, 'median', end_px + 4, at - 2.5, 'left', false);
    haloText(context, now, scaled(median, scale), end_px + 4, at + 10.5, 'left', true);
  }

  private drawLabels(context: CanvasRenderingContext2D, now: Theme, y: (value: number) => number, height_px: number): void {
    const {bars} = this.data;
    const band_px = this.plot_px / bars.length;
    const taken: [number, number][] = [];
    const place = (index: number, isStrong: boolean, text = bars[index]?.label): void => {
      if (text === undefined) return;
      context.font = now.font(11, isStrong ? 600 : 400);
      const width = context.measureText(text).width;
      const x = clamp(LEFT_PX + (index + 0.5) * band_px, LEFT_PX + width / 2, LEFT_PX + this.plot_px - width / 2);
      const [from, until] = [x - width / 2 - LABEL_GAP_PX / 2, x + width / 2 + LABEL_GAP_PX / 2];
      if (taken.some(([a, b]) => from < b && until > a)) return;
      taken.push([from, until]);
      context.fillStyle = now.colour(isStrong ? '--text-1' : '--text-3');
      context.textAlign = 'center';
      context.fillText(text, x, height_px - 4);
    };
    const noted = bars.flatMap((bar, i) => (bar.note ? [i] : [])).sort((a, b) => (bars[b]?.total ?? 0) - (bars[a]?.total ?? 0));
    for (const index of noted.slice(0, MOST_NAMED)) place(index, true);
    place(0, false);
    place(bars.length - 1, false);
    const widest = Math.max(...[bars[0], bars.at(-1)].map((bar) => context.measureText(bar?.label ?? '').width));
    const labels = bars.map((bar) => bar.label);
    for (const [i, text] of roundLabels(labels, this.plot_px, band_px >= widest + LABEL_GAP_PX)) place(i, false, text);
    this.drawNotes(context, now, noted.slice(0, MOST_NAMED), y, band_px);
  }

  /** The excess of slow columns, beside their top; those without room are left to the tooltip. */
  private drawNotes(context: CanvasRenderingContext2D, now: Theme, noted: readonly number[], y: (value: number) => number, band_px: number): void {
    const {bars} = this.data;
    // Neither over another note nor over another slow column.
    const taken: [number, number][] = noted.map((index) => [LEFT_PX + index * band_px + 5, LEFT_PX + (index + 1) * band_px - 5]);
    const isFree = (from: number, until: number): boolean => !taken.some(([a, b]) => from < b && until > a);
    // Over columns as high as the note it would only be noise.
    const isAbove = (from: number, until: number, foot_px: number): boolean =>
      bars.slice(Math.max(0, Math.floor((from - LEFT_PX) / band_px)), Math.ceil((until - LEFT_PX) / band_px)).every(({total}) => y(total) >= foot_px);
    for (const index of noted) {
      const bar = bars[index];
      if (!bar?.note) continue;
      context.font = now.font(11, 600);
      const width = context.measureText(bar.note).width;
      const sides = [LEFT_PX + (index + 1) * band_px + 3, LEFT_PX + index * band_px - 3 - width];
      const base_px = Math.max(y(bar.total) + 9, 11);
      const x = sides.find((at) => at >= LEFT_PX && at + width <= LEFT_PX + this.plot_px && isFree(at - 4, at + width + 4) && isAbove(at, at + width, base_px));
      if (x === undefined) continue;
      taken.push([x, x + width]);
      haloText(context, now, bar.note, x, base_px, 'left', true);
    }
  }
}

/** What a tooltip of a bar says: the total first, then its parts. */
export function barTip(title: string, bar: Bar, parts: readonly BarPart[], end?: string): TemplateResult {
  const scale = durationScale(bar.total);
  const rows = parts.map((part, i) => ({part, value: bar.values[i] ?? 0})).filter(({value}) => value > 0).reverse();
  return html`<div>${title}</div><div class="value">${duration(bar.total, scale)}</div>
    <table>${rows.map(({part, value}) => html`<tr><td>${swatch(part)}${part.label}</td><td>${duration(value, scale)}</td></tr>`)}</table>
    ${end ? html`<div class="faint">${end}</div>` : ''}`;
}
