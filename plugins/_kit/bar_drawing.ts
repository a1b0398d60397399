/** How a chart of columns is drawn: its axis, a stack of parts, labels with a halo. */
import {fixed, type Scale} from './format';
import type {Bar} from './stacked_bars';
import {HATCH_SHARE, LEAST_HATCH_PX} from './texture';
import type {Theme} from './theme';

/** For the axis, at the left of the columns. */
export const LEFT_PX = 62;

export function drawAxis(context: CanvasRenderingContext2D, now: Theme, ticks: readonly number[], scale: Scale, y: (value: number) => number, width_px: number): void {
  context.font = now.font(11);
  context.lineWidth = 1;
  const step = (ticks[1] ?? 0) / scale.divisor;
  const places = step >= 1 ? 0 : Math.min(3, Math.ceil(-Math.log10(step || 1)));
  for (const [i, tick] of ticks.entries()) {
    const at = Math.round(y(tick)) + 0.5;
    context.strokeStyle = now.colour(i === 0 ? '--line-3' : '--line-1');
    line(context, LEFT_PX, at, width_px, at);
    context.fillStyle = now.colour('--text-3');
    context.textAlign = 'right';
    const text = i === 0 ? '0' : fixed(tick / scale.divisor, places);
    context.fillText(i === ticks.length - 1 ? `${text}\u00a0${scale.unit}` : text, LEFT_PX - 8, at + 3.5);
  }
}

export interface StackFill {
  readonly colour: string;
  readonly pattern: CanvasPattern | string;
}

export function drawStack(context: CanvasRenderingContext2D, bar: Bar, fills: readonly StackFill[], x: number, width: number, y: (value: number) => number, base_px: number): void {
  let below = 0;
  let bottom = base_px;
  for (const [i, value] of bar.values.entries()) {
    if (value <= 0) continue;
    below += value;
    const top = y(below);
    const height = bottom - top;
    if (height < 0.25) continue; // carried by the next part, so that small parts add up
    const {colour = 'gray', pattern = colour} = fills[i] ?? {};
    const isPale = pattern !== colour && Math.min(width, height) < LEAST_HATCH_PX;
    const alpha = context.globalAlpha;
    if (isPale) context.globalAlpha = alpha * HATCH_SHARE;
    context.fillStyle = isPale ? colour : pattern;
    // A hair of page colour between parts, where there is room for it.
    context.fillRect(x, top, width, height > 3 ? height - 0.7 : height);
    context.globalAlpha = alpha;
    bottom = top;
  }
}

export function outline(context: CanvasRenderingContext2D, now: Theme, x: number, top: number, width: number, base_px: number, isSelected: boolean): void {
  context.strokeStyle = now.colour('--text-1');
  context.lineWidth = isSelected ? 2 : 1;
  context.strokeRect(x, top, width, base_px - top);
}

export function longestOf(bars: readonly Bar[], first: number, count: number): number {
  let longest = first;
  for (let i = first + 1; i < Math.min(bars.length, first + count); i++) {
    if ((bars[i]?.total ?? 0) > (bars[longest]?.total ?? 0)) longest = i;
  }
  return longest;
}

export function line(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

export function haloText(context: CanvasRenderingContext2D, now: Theme, text: string, x: number, y: number, align: CanvasTextAlign, isStrong: boolean): void {
  context.font = now.font(11, isStrong ? 600 : 400);
  context.textAlign = align;
  context.lineJoin = 'round';
  context.lineWidth = 4;
  context.strokeStyle = now.colour('--surface-1');
  context.strokeText(text, x, y);
  context.fillStyle = now.colour(isStrong ? '--text-1' : '--text-3');
  context.fillText(text, x, y);
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
