/**
 * The steps of the ruler, each with its name and its time as far as they fit. Where bars are too
 * narrow for their numbers, every second, fifth, tenth … says its own, as on an axis.
 */
import type {Palette} from './palette';
import {firstNotBelow, firstTouching} from './row_painter';
import type {RulerState} from './ruler';
import {TextFitter} from './text_fitter';
import {shortTime} from './time_axis';
import type {RowData, WindowData} from './window_data';

const TEXT_PX = 11;
const TOP_PX = 3;
const HEIGHT_PX = 16;
const BASE_PX = 15;
const PADDING_PX = 6;
const LEAST_PADDING_PX = 4;
/** Between numbers of bars that are narrower than them. */
const APART_PX = 7;

type Context = CanvasRenderingContext2D;

interface Bar {
  readonly left: number;
  readonly right: number;
  /** "Step 12" */
  readonly name: string;
  /** The longest way to say its time first. */
  readonly times: readonly string[];
}

export class StepBars {
  private readonly fitter = new TextFitter();

  draw(context: Context, width: number, state: RulerState, x: (time: number) => number): void {
    const {view, palette, loader} = state;
    const data = loader.dataFor('steps', view.from_ns, view.to_ns, view.length_ns / width).at(-1);
    const row = data?.row('steps', 0);
    if (!data || !row) return;
    context.font = palette.theme.font(TEXT_PX, 600);
    this.fitter.use(context.font);
    const narrow = this.columns(context, width, state, data, row, x);
    const named: Bar[] = [];
    for (const bar of this.bars(context, width, state, data, row, x)) {
      const number = bar.name.replace('Step ', '');
      if (this.fitter.width(context, number) > bar.right - bar.left - 2 * LEAST_PADDING_PX) narrow.push(bar);
      else {
        this.name(context, bar, number, palette);
        named.push(bar);
      }
    }
    this.numbers(context, width, narrow, named, palette);
  }

  /** Bars of less than two pixels; their numbers are those of the pixels' longest. */
  private columns(context: Context, width: number, {view, palette}: RulerState, data: WindowData, row: RowData, x: (time: number) => number): Bar[] {
    const bars: Bar[] = [];
    context.fillStyle = palette.css('--surface-3');
    const first = firstNotBelow(data.columnPixel, row.columnBegin, row.columnEnd, Math.floor((view.from_ns - data.from_ns) / data.nsPerPx) - 1);
    for (let i = first; i < row.columnEnd; i++) {
      const pixel = data.columnPixel[i] ?? 0;
      const left = x(data.edge_ns(pixel));
      if (left > width) break;
      const right = Math.max(left + 0.5, x(data.edge_ns(pixel + 1)) - 0.3);
      context.fillRect(left, TOP_PX, right - left, HEIGHT_PX);
      bars.push({left, right, name: data.names[data.columnName[i] ?? 0] ?? '', times: []});
    }
    return bars;
  }

  private bars(context: Context, width: number, state: RulerState, data: WindowData, row: RowData, x: (time: number) => number): Bar[] {
    const {view, palette} = state;
    const bars: Bar[] = [];
    for (let i = firstTouching(data, row, view.from_ns); i < row.rectangleEnd; i++) {
      const start = data.rectangleStart[i] ?? 0;
      const long = data.rectangleDuration[i] ?? 0;
      if (start > view.to_ns) break;
      const left = Math.max(0, x(start));
      const right = Math.min(width, x(start + long));
      const shown = Math.max(1, right - left - 1);
      context.fillStyle = palette.css(start === state.hovered_ns ? '--surface-3' : '--surface-2');
      context.fillRect(left, TOP_PX, shown, HEIGHT_PX);
      if (start === state.step?.start_ns) {
        context.strokeStyle = palette.css('--text-1');
        context.lineWidth = 2;
        context.strokeRect(left + 1, TOP_PX - 1, Math.max(1, shown - 2), HEIGHT_PX + 2);
      }
      const name = data.rectangleName[i] ?? 0;
      bars.push({left, right: left + shown, name: data.names[name] ?? '', times: timesOf(long, data.nameMarked_ns[name], data.nameCategory[name] === 'step', state)});
    }
    return bars;
  }

  private name(context: Context, {left, right, name, times}: Bar, number: string, palette: Palette): void {
    const bold = palette.theme.font(TEXT_PX, 600);
    context.font = bold;
    this.fitter.use(bold);
    const whole = this.fitter.width(context, name) <= right - left - 2 * PADDING_PX;
    const text = whole ? name : number;
    const wide = this.fitter.width(context, text);
    const padding = Math.min(PADDING_PX, (right - left - wide) / 2);
    context.fillStyle = palette.css('--text-1');
    context.fillText(text, left + padding, BASE_PX);
    const after = left + padding + wide + 5;
    context.font = palette.theme.font(TEXT_PX);
    const time = times.find((candidate) => after + context.measureText(candidate).width <= right - PADDING_PX);
    if (time === undefined) return;
    context.fillStyle = palette.css('--text-2');
    context.fillText(time, after, BASE_PX);
  }

  /** Numbers of narrow bars reach over their neighbours, but not into those that say their own. */
  private numbers(context: Context, width: number, bars: readonly Bar[], named: readonly Bar[], palette: Palette): void {
    if (bars.length === 0) return;
    context.font = palette.theme.font(TEXT_PX, 600);
    this.fitter.use(context.font);
    const labels = bars.map(({left, right, name}) => {
      const text = name.replace('Step ', '');
      const wide = this.fitter.width(context, text);
      return {text, wide, left: (left + right - wide) / 2};
    }).sort((a, b) => a.left - b.left);
    context.fillStyle = palette.css('--text-1');
    const stride = strideOf(labels);
    let end = 0;
    for (const {text, wide, left} of labels) {
      if (Number(text) % stride !== 0 || left < end || left + wide > width) continue;
      if (named.some((bar) => left < bar.right && left + wide > bar.left)) continue;
      context.fillText(text, left, BASE_PX);
      end = left + wide + APART_PX;
    }
  }
}

/** 1, 2 or 5 × 10ⁿ: so many steps from one number to the next leave room between them. */
function strideOf(labels: readonly {text: string; wide: number; left: number}[]): number {
  const first = labels[0];
  const last = labels.at(-1);
  const steps = Math.abs(Number(last?.text) - Number(first?.text));
  if (!first || !last || !(steps > 0)) return 1;
  const each = (last.left - first.left) / steps;
  const wide = Math.max(first.wide, last.wide) + APART_PX;
  for (let power = 1; ; power *= 10) {
    for (const factor of [1, 2, 5]) if (factor * power * each >= wide || factor * power > steps) return factor * power;
  }
}

function timesOf(long_ns: number, marked_ns: number | undefined, isWhole: boolean, {tracks}: RulerState): string[] {
  const time = shortTime(long_ns);
  if (!isWhole) return [`${time}, not complete`];
  const isSlow = tracks !== undefined && long_ns > tracks.slow_above_ns;
  const said = isSlow ? `${time}, slow` : time;
  if (marked_ns === undefined) return [said, time];
  const marked = shortTime(marked_ns);
  return [`${said}, with its device work; marked on the thread ${marked}`, `${said}; marked ${marked}`, said, time];
}
