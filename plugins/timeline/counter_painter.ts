/**
 * Counters as a filled step line that shows the least and the greatest value of every pixel. Where
 * a value is not a number, or infinite, a cross stands and the line ends; where recording stops, it ends too.
 */
import type {TrackJson} from './answers';
import type {Palette} from './palette';
import type {PixelLayer} from './pixel_layer';
import type {Recorded} from './recorded';
import type {Scale} from './row_painter';
import type {WindowData} from './window_data';

const CROSS_PX = 3;
/** Crosses nearer to each other than this are one. */
const APART_PX = 10;

/** A cross, for its words; in the device's pixels. */
export interface Cross {
  readonly x: number;
  readonly y: number;
  readonly time_ns: number;
  readonly value: number;
  /** Where the next one stands, or the picture ends. */
  until: number;
}

/** From values to heights, with zero always on the scale. */
function heights(track: TrackJson, top: number, height: number): (value: number) => number {
  const base = Math.min(0, track.low ?? 0);
  // Halves, because the range between two finite values need not be finite.
  const range = (track.high ?? 1) / 2 - base / 2 || 1;
  return (value) => top + height - 1 - Math.round(Math.max(0, Math.min(1, (value / 2 - base / 2) / range)) * (height - 2));
}

/** Returns the crosses that it drew. */
export function drawCounter(layer: PixelLayer, data: WindowData, track: TrackJson, scale: Scale, top: number, height: number, palette: Palette, recorded: Recorded): Cross[] {
  drawValues(layer, data, track, scale, top, height, palette, recorded);
  const crosses = crossesOf(data, track, scale, top + Math.round(height / 2));
  const arm = Math.round(CROSS_PX * scale.ratio);
  for (const {x, y} of crosses) drawCross(layer, x, y, arm, Math.max(1, Math.round(scale.ratio)), palette.bad);
  return crosses;
}

function drawValues(layer: PixelLayer, data: WindowData, track: TrackJson, scale: Scale, top: number, height: number, palette: Palette, recorded: Recorded): void {
  const span = data.counter(track.key);
  if (!span) return;
  const yOf = heights(track, top, height);
  const xAt = (time: number): number => Math.round((time - scale.from_ns) * scale.perNs);
  const xOf = (pixel: number): number => xAt(data.edge_ns(pixel));
  const bottom = top + height;
  for (let i = span.begin; i < span.end; i++) {
    const pixel = data.counterPixel[i] ?? 0;
    const valid = recorded.validity(data.edge_ns(pixel), data.edge_ns(pixel + 1));
    const x = Math.max(scale.left, xAt(valid.from_ns));
    const follows = i + 1 < span.end ? xOf(data.counterPixel[i + 1] ?? 0) : xOf(data.widthPx);
    const next = Math.min(follows, xAt(valid.until_ns));
    if (next < scale.left) continue;
    if (x >= scale.right) break;
    const value = data.counterLast[i] ?? NaN;
    if (Number.isFinite(value)) {
      const last = yOf(value);
      const end = Math.min(scale.right, Math.max(x + 1, next));
      layer.fill(x, last, end, bottom, palette.counterArea);
      layer.fill(x, last, end, last + 1, palette.counterLine);
    }
    // What the pixel ran through before it came to rest.
    const [low = NaN, high = NaN] = [data.counterLow[i], data.counterHigh[i]];
    if (!Number.isNaN(low)) layer.fill(x, yOf(high), x + 1, yOf(low) + 1, palette.counterLine);
  }
}

function crossesOf(data: WindowData, track: TrackJson, scale: Scale, y: number): Cross[] {
  const crosses: Cross[] = [];
  const span = data.odd(track.key);
  if (!span) return crosses;
  for (let i = span.begin; i < span.end; i++) {
    const time_ns = data.oddTime[i] ?? 0;
    const x = Math.round((time_ns - scale.from_ns) * scale.perNs);
    const before = crosses.at(-1);
    if (x < scale.left || x >= scale.right || (before && x < before.x + APART_PX * scale.ratio)) continue;
    if (before) before.until = x;
    crosses.push({x, y, time_ns, value: data.oddValue[i] ?? NaN, until: scale.right});
  }
  return crosses;
}

function drawCross(layer: PixelLayer, x: number, y: number, arm: number, thick: number, colour: number): void {
  for (let at = -arm; at <= arm; at++) {
    layer.fill(x + at, y + at, x + at + 1 + thick, y + at + thick, colour);
    layer.fill(x + at, y - at, x + at + 1 + thick, y - at + thick, colour);
  }
}

/** A tick for each pixel with instants. */
export function drawInstants(layer: PixelLayer, data: WindowData, track: string, scale: Scale, top: number, height: number, colour: number): void {
  const span = data.instants(track);
  if (!span) return;
  for (let i = span.begin; i < span.end; i++) {
    const x = Math.round(((data.instantTime[i] ?? 0) - scale.from_ns) * scale.perNs);
    if (x < scale.left || x >= scale.right) continue;
    layer.fill(x, top, x + Math.max(1, Math.round(scale.ratio)), top + height, colour);
  }
}
