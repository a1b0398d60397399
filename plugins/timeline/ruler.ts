/** The two strips above the tracks: steps as named bars with ms below, and the map of the capture. */
import {plural} from '../_kit/format';
import {ScaledCanvas} from '../_kit/canvas';
import type {TrackJson, TracksJson} from './answers';
import type {Loader} from './loader';
import type {Palette} from './palette';
import {PixelLayer} from './pixel_layer';
import {firstTouching, RowPainter} from './row_painter';
import {TextFitter} from './text_fitter';
import {axisTime, shortTime, timeTicks} from './time_axis';
import type {View} from './view';

/** A step this much longer than the middle one is called slow. */
const SLOW = 1.25;
const TEXT_PX = 11;

export interface RulerState {
  readonly view: View;
  readonly tracks: TracksJson | undefined;
  readonly loader: Loader;
  readonly palette: Palette;
  readonly range: {from_ns: number; until_ns: number} | undefined;
}

export class Ruler {
  private readonly canvas: ScaledCanvas;
  private readonly fitter = new TextFitter();

  constructor(host: HTMLElement, state: () => RulerState) {
    this.canvas = new ScaledCanvas(host, ({context, width_px}) => this.draw(context, width_px, state()));
    this.canvas.node.setAttribute('aria-hidden', 'true');
  }

  redraw(): void {
    this.canvas.redraw();
  }

  dispose(): void {
    this.canvas.dispose();
  }

  private draw(context: CanvasRenderingContext2D, width: number, state: RulerState): void {
    const {view, palette} = state;
    const x = (time: number): number => ((time - view.from_ns) / view.length_ns) * width;
    context.textBaseline = 'alphabetic';
    this.steps(context, width, state, x);
    context.font = palette.theme.font(TEXT_PX);
    const ticks = timeTicks(view, width);
    for (const time of ticks.times) {
      const at = Math.round(x(time));
      context.fillStyle = palette.css('--line-3');
      context.fillRect(at, 39, 1, 5);
      const text = axisTime(time, ticks.places);
      const wide = context.measureText(text).width;
      if (at - wide / 2 < 2 || at + wide / 2 > width - 2) continue;
      context.fillStyle = palette.css('--text-3');
      context.fillText(text, at - wide / 2, 34);
    }
    if (state.range) this.range(context, width, state, x(state.range.from_ns), x(state.range.until_ns));
  }

  private steps(context: CanvasRenderingContext2D, width: number, state: RulerState, x: (time: number) => number): void {
    const {view, palette, loader, tracks} = state;
    const data = loader.dataFor('steps', view.from_ns, view.to_ns, view.length_ns / width).at(-1);
    const row = data?.row('steps', 0);
    if (!data || !row) return;
    const bold = palette.theme.font(TEXT_PX, 600);
    const plain = palette.theme.font(TEXT_PX);
    const median = tracks?.median_step_ns ?? 0;
    context.fillStyle = palette.css('--surface-3');
    for (let i = row.columnBegin; i < row.columnEnd; i++) {
      const at = x(data.edge_ns(data.columnPixel[i] ?? 0));
      if (at >= -1 && at <= width) context.fillRect(at, 3, Math.max(0.5, x(data.edge_ns((data.columnPixel[i] ?? 0) + 1)) - at - 0.3), 16);
    }
    for (let i = firstTouching(data, row, view.from_ns); i < row.rectangleEnd; i++) {
      const start = data.rectangleStart[i] ?? 0;
      const long = data.rectangleDuration[i] ?? 0;
      if (start > view.to_ns) break;
      const left = Math.max(0, x(start));
      const right = Math.min(width, x(start + long));
      context.fillStyle = palette.css('--surface-2');
      context.fillRect(left, 3, Math.max(1, right - left - 1), 16);
      const name = data.names[data.rectangleName[i] ?? 0] ?? '';
      const isWhole = data.nameCategory[data.rectangleName[i] ?? 0] === 'step';
      const isSlow = isWhole && median > 0 && long > median * SLOW;
      const time = `${shortTime(long)}${isSlow ? ', slow' : ''}${isWhole ? '' : ', not complete'}`;
      this.stepName(context, left + 6, right - 6, name, time, bold, plain, palette);
    }
  }

  private stepName(context: CanvasRenderingContext2D, left: number, right: number, name: string, time: string, bold: string, plain: string, palette: Palette): void {
    context.font = bold;
    this.fitter.use(bold);
    const number = name.replace('Step ', '');
    const short = [name, number].find((text) => this.fitter.width(context, text) <= right - left);
    if (short === undefined) return;
    context.fillStyle = palette.css('--text-1');
    context.fillText(short, left, 15);
    const after = left + this.fitter.width(context, short) + 5;
    context.font = plain;
    const shortest = [time, time.replace(/, slow$/, '')].find((text) => after + context.measureText(text).width <= right);
    if (shortest === undefined) return;
    context.fillStyle = palette.css('--text-2');
    context.fillText(shortest, after, 15);
  }

  private range(context: CanvasRenderingContext2D, width: number, state: RulerState, a: number, b: number): void {
    const {palette} = state;
    context.fillStyle = palette.css('--accent');
    context.fillRect(a, 40, b - a, 4);
    const text = shortTime((state.range?.until_ns ?? 0) - (state.range?.from_ns ?? 0));
    context.font = palette.theme.font(TEXT_PX, 600);
    const half = context.measureText(text).width / 2;
    const middle = Math.max(half + 6, Math.min(width - half - 6, (a + b) / 2));
    if (b < 0 || a > width) return;
    context.fillRect(middle - half - 6, 22, half * 2 + 12, 18);
    context.fillStyle = palette.css('--surface-1');
    context.fillText(text, middle - half, 35);
  }
}

const MAP_TOP_PX = 7;
const MAP_HEIGHT_PX = 28;

/** The whole capture, with the view framed and the rest veiled. */
export class CaptureMap {
  private readonly layer = new PixelLayer();
  private readonly canvas: ScaledCanvas;

  constructor(host: HTMLElement, state: () => RulerState, private readonly track: () => TrackJson | undefined) {
    this.canvas = new ScaledCanvas(host, ({context, width_px, height_px}) => this.draw(context, width_px, height_px, state()));
    this.canvas.node.setAttribute('aria-hidden', 'true');
  }

  redraw(): void {
    this.canvas.redraw();
  }

  dispose(): void {
    this.canvas.dispose();
  }

  private draw(context: CanvasRenderingContext2D, width: number, height: number, state: RulerState): void {
    const {view, palette, loader} = state;
    const ratio = window.devicePixelRatio || 1;
    const whole = view.duration_ns;
    this.layer.resize(Math.round(width * ratio), Math.round(MAP_HEIGHT_PX * ratio));
    this.layer.clear(palette.well);
    const painter = new RowPainter(this.layer, palette);
    painter.begin();
    const scale = {from_ns: 0, perNs: this.layer.width / whole, left: 0, right: this.layer.width, ratio};
    const track = this.track();
    if (track?.kind === 'idle') {
      // What is well spent recedes, what is lost stands out.
      this.layer.fill(Math.round(track.first_ns * scale.perNs), 0, Math.round(track.last_ns * scale.perNs), this.layer.height, palette.calm);
    }
    if (track) {
      const data = loader.dataFor(track.key, 0, whole, whole / this.layer.width)[0];
      const row = data?.row(track.key, 0);
      if (data && row) painter.paint(data, row, scale, 0, this.layer.height, track.kind === 'idle' ? 'idle' : 'host');
    }
    this.layer.show();
    context.drawImage(this.layer.node, 0, MAP_TOP_PX, width, MAP_HEIGHT_PX);
    const a = (view.from_ns / whole) * width;
    const b = (view.to_ns / whole) * width;
    context.fillStyle = palette.css('--surface-0');
    context.globalAlpha = 0.6;
    context.fillRect(0, MAP_TOP_PX, a, MAP_HEIGHT_PX);
    context.fillRect(b, MAP_TOP_PX, width - b, MAP_HEIGHT_PX);
    context.globalAlpha = 1;
    if (view.isFull) return;
    context.strokeStyle = palette.css('--text-1');
    context.lineWidth = 2;
    const wide = Math.max(4, b - a);
    context.strokeRect(Math.max(1, Math.min(width - wide - 1, a)), 4, wide, height - 8);
  }
}

/** "100 ms", "of 8.24 s, steps 1206 to 1207". */
export function viewSummary(state: RulerState): {view: string; rest: string} {
  const {view, loader, tracks} = state;
  if (view.isFull) return {view: shortTime(view.length_ns), rest: `in all, ${plural(tracks?.slices ?? 0, 'slice')}`};
  const data = loader.dataFor('steps', view.from_ns, view.to_ns, view.length_ns / 1000).at(-1);
  const row = data?.row('steps', 0);
  const names: string[] = [];
  if (data && row) {
    for (let i = firstTouching(data, row, view.from_ns); i < row.rectangleEnd && (data.rectangleStart[i] ?? 0) < view.to_ns; i++) {
      names.push((data.names[data.rectangleName[i] ?? 0] ?? '').replace('Step ', ''));
    }
  }
  const [first, last] = [names[0], names.at(-1)];
  const steps = first === undefined ? '' : first === last ? `, step ${first}` : `, steps ${first} to ${last}`;
  return {view: shortTime(view.length_ns), rest: `of ${shortTime(view.duration_ns)}${steps}`};
}
