/** The strip above the tracks: steps as named bars, ms below, and the range or step that is selected. */
import {ScaledCanvas} from '../_kit/canvas';
import type {StepJson, TracksJson} from './answers';
import type {Loader} from './loader';
import type {Palette} from './palette';
import type {Recorded} from './recorded';
import {StepBars} from './step_bars';
import {axisTime, shortTime, timeTicks} from './time_axis';
import type {View} from './view';

const TEXT_PX = 11;
const STRIP_PX = 44;
/** The first that fits says of a gap that nothing was recorded there. */
const GAP_WORDS = ['not recorded', 'paused', 'off'];
const GAP_BASE_PX = 15;
const GAP_PADDING_PX = 4;

export interface RulerState {
  readonly view: View;
  readonly tracks: TracksJson | undefined;
  readonly loader: Loader;
  readonly palette: Palette;
  readonly recorded: Recorded;
  readonly range: {from_ns: number; until_ns: number} | undefined;
  readonly step: StepJson | undefined;
  /** Start of the step under the pointer. */
  readonly hovered_ns: number | undefined;
}

export class Ruler {
  private readonly canvas: ScaledCanvas;
  private readonly bars = new StepBars();

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
    for (const gap of state.recorded.gaps) this.gap(context, width, palette, x(gap.from_ns), x(gap.until_ns));
    this.bars.draw(context, width, state, x);
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

  private gap(context: CanvasRenderingContext2D, width: number, palette: Palette, a: number, b: number): void {
    const [left, right] = [Math.max(0, a), Math.min(width, b)];
    if (left >= right) return;
    context.fillStyle = palette.css('--surface-2');
    context.fillRect(left, 0, right - left, STRIP_PX);
    context.font = palette.theme.font(TEXT_PX);
    const words = GAP_WORDS.find((text) => context.measureText(text).width + 2 * GAP_PADDING_PX <= right - left);
    if (!words) return;
    context.fillStyle = palette.css('--text-2');
    context.fillText(words, (left + right - context.measureText(words).width) / 2, GAP_BASE_PX);
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
