/** What lies over the picture and changes often: hover, selection, range, and its flows. */
import {ScaledCanvas} from '../_kit/canvas';
import type {ShortSlice} from './answers';
import type {Hit} from './hit';
import {laneOf, type Layout} from './layout';
import type {Palette} from './palette';
import type {View} from './view';

const FLOW_PX = 1.4;
const HALO_PX = 4;

export interface Outlined {
  readonly track: string;
  readonly depth: number;
  readonly start_ns: number;
  readonly duration_ns: number;
}

export interface OverlayState {
  readonly view: View;
  readonly layout: Layout;
  readonly scrollTop: number;
  readonly palette: Palette;
  readonly hover: Hit | undefined;
  readonly selected: Outlined | undefined;
  /** From launch to kernel. */
  readonly flows: readonly {from: ShortSlice; to: ShortSlice}[];
  readonly range: {from_ns: number; until_ns: number} | undefined;
  readonly step: {start_ns: number; duration_ns: number} | undefined;
}

export class Overlay {
  private readonly canvas: ScaledCanvas;

  constructor(host: HTMLElement, state: () => OverlayState) {
    this.canvas = new ScaledCanvas(host, ({context, width_px, height_px}) => draw(context, width_px, height_px, state()));
    this.canvas.node.setAttribute('aria-hidden', 'true');
  }

  redraw(): void {
    this.canvas.redraw();
  }

  dispose(): void {
    this.canvas.dispose();
  }
}

type Context = CanvasRenderingContext2D;
type TimeToPx = (time_ns: number) => number;

function draw(context: Context, width: number, height: number, state: OverlayState): void {
  const {view, palette} = state;
  const x: TimeToPx = (time) => ((time - view.from_ns) / view.length_ns) * width;
  if (state.step) drawStep(context, width, height, palette, x(state.step.start_ns), x(state.step.start_ns + state.step.duration_ns));
  if (state.range) drawRange(context, height, palette, x(state.range.from_ns), x(state.range.until_ns));
  if (state.hover && !state.hover.isInstant) {
    const {track, depth, start_ns, duration_ns} = state.hover;
    outline(context, width, state, x, {track: track.key, depth, start_ns, duration_ns}, 1);
  }
  if (state.selected) outline(context, width, state, x, state.selected, 2);
  for (const flow of state.flows) drawFlow(context, width, state, x, flow.from, flow.to);
}

function outline(context: Context, width: number, state: OverlayState, x: TimeToPx, slice: Outlined, line: number): void {
  const lane = laneOf(state.layout, slice.track, slice.depth);
  if (!lane) return;
  const left = Math.max(-4, x(slice.start_ns));
  const right = Math.min(width + 4, x(slice.start_ns + slice.duration_ns));
  if (right < 0 || left > width) return;
  const wide = Math.max(3, right - left);
  const top = lane.top - state.scrollTop;
  context.lineWidth = line + 2;
  context.strokeStyle = state.palette.css('--surface-1');
  context.strokeRect(left - line / 2, top - line / 2, wide + line, lane.height + line);
  context.lineWidth = line;
  context.strokeStyle = state.palette.css('--text-1');
  context.strokeRect(left - line / 2, top - line / 2, wide + line, lane.height + line);
}

function drawRange(context: Context, height: number, palette: Palette, a: number, b: number): void {
  context.globalAlpha = 0.1;
  context.fillStyle = palette.css('--accent');
  context.fillRect(a, 0, b - a, height);
  context.globalAlpha = 1;
  context.fillRect(Math.round(a), 0, 1, height);
  context.fillRect(Math.round(b), 0, 1, height);
}

/** Edges in ink through all tracks; what is not of the step is veiled. */
function drawStep(context: Context, width: number, height: number, palette: Palette, a: number, b: number): void {
  const [left, right] = [Math.max(0, a), Math.min(width, b)];
  context.globalAlpha = 0.45;
  context.fillStyle = palette.css('--surface-1');
  context.fillRect(0, 0, Math.min(width, left), height);
  context.fillRect(Math.max(0, right), 0, width - Math.max(0, right), height);
  context.globalAlpha = 1;
  context.fillStyle = palette.css('--text-1');
  if (a >= 0 && a <= width) context.fillRect(Math.round(a), 0, 1, height);
  if (b >= 0 && b <= width) context.fillRect(Math.round(b) - 1, 0, 1, height);
}

/** Out of the launch, into the work, with an arrow head; drawn towards what is off the screen too. */
function drawFlow(context: Context, width: number, state: OverlayState, x: TimeToPx, from: ShortSlice, to: ShortSlice): void {
  const start = laneOf(state.layout, from.track, from.depth);
  const end = laneOf(state.layout, to.track, to.depth);
  if (!start || !end) return;
  const down = end.top > start.top;
  const x0 = x(from.start_ns + from.duration_ns / 2);
  const x1 = x(to.start_ns) + 1;
  if (Math.max(x0, x1) < -width || Math.min(x0, x1) > 2 * width) return;
  const y0 = (down ? start.top + start.height : start.top) - state.scrollTop;
  const y1 = (down ? end.top : end.top + end.height) - state.scrollTop;
  const bend = (y1 - y0) * 0.45;
  for (const [colour, line] of [['--surface-1', HALO_PX], ['--text-1', FLOW_PX]] as const) {
    context.strokeStyle = state.palette.css(colour);
    context.lineWidth = line;
    context.beginPath();
    context.moveTo(x0, y0);
    context.bezierCurveTo(x0, y0 + bend, x1, y1 - bend, x1, y1);
    context.stroke();
  }
  const way = Math.sign(y1 - y0) || 1;
  context.fillStyle = state.palette.css('--text-1');
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x1 - 4, y1 - 7 * way);
  context.lineTo(x1 + 4, y1 - 7 * way);
  context.fill();
}
