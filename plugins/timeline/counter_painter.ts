/** Counters as a filled step line that shows the least and the greatest value of every pixel. */
import type {TrackJson} from './answers';
import type {Palette} from './palette';
import type {PixelLayer} from './pixel_layer';
import type {Scale} from './row_painter';
import type {WindowData} from './window_data';

export function drawCounter(layer: PixelLayer, data: WindowData, track: TrackJson, scale: Scale, top: number, height: number, palette: Palette): void {
  const span = data.counter(track.key);
  if (!span) return;
  const base = Math.min(0, track.low ?? 0);
  const range = Math.max(1e-12, (track.high ?? 1) - base);
  // An infinite value lies at the edge of the row, never on the row beside it.
  const yOf = (value: number): number => top + height - 1 - Math.round(Math.max(0, Math.min(1, (value - base) / range)) * (height - 2));
  const xOf = (pixel: number): number => Math.round((data.edge_ns(pixel) - scale.from_ns) * scale.perNs);
  const bottom = top + height;
  for (let i = span.begin; i < span.end; i++) {
    const pixel = data.counterPixel[i] ?? 0;
    const x = Math.max(scale.left, xOf(pixel));
    const next = i + 1 < span.end ? xOf(data.counterPixel[i + 1] ?? 0) : xOf(data.widthPx);
    if (next < scale.left) continue;
    if (x >= scale.right) break;
    if (Number.isNaN(data.counterLast[i] ?? 0)) continue;
    const last = yOf(data.counterLast[i] ?? 0);
    const end = Math.min(scale.right, Math.max(x + 1, next));
    layer.fill(x, last, end, bottom, palette.counterArea);
    layer.fill(x, last, end, last + 1, palette.counterLine);
    // What the pixel ran through before it came to rest.
    layer.fill(x, yOf(data.counterHigh[i] ?? 0), x + 1, yOf(data.counterLow[i] ?? 0) + 1, palette.counterLine);
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
