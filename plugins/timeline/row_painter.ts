/**
 * Draws one row of a window into pixels. Slices of 2 px and more are rectangles; what is narrower
 * adds up, pixel by pixel, to a bar whose height is the busy share and whose colour is what was
 * busiest: half a pixel of work looks half as high, whatever resolution the data came in.
 */
import {CATEGORY_NAMES} from '../_kit/category';
import type {Palette} from './palette';
import {shadeOf} from './palette';
import type {PixelLayer} from './pixel_layer';
import type {RowData, WindowData} from './window_data';

const RECTANGLE_PX = 2;
/** From this width on a rectangle leaves a pixel free at its right. */
const GAP_FROM_PX = 3;
const SHARE_SCALE = 1 / 65535;
/** Names begin to make sense. */
const LABEL_FROM_PX = 26;

export interface Scale {
  readonly from_ns: number;
  /** Device pixels for each nanosecond. */
  readonly perNs: number;
  /** The part of the layer to draw in. */
  readonly left: number;
  readonly right: number;
  readonly ratio: number;
}

export interface Label {
  readonly x0: number;
  readonly x1: number;
  readonly top: number;
  readonly height: number;
  readonly text: string;
  readonly ink: string;
  readonly duration_ns: number;
  readonly isIdle: boolean;
}

/** What counts as busy in the row. */
export type RowKind = 'idle' | 'device' | 'host';

const DEVICE_WORK: ReadonlySet<string> = new Set(['kernel', 'memcpy', 'memset']);

interface NameLook {
  readonly category: string;
  readonly isWork: boolean;
  readonly pixel: number;
  readonly ink: string;
}

export class RowPainter {
  labels: Label[] = [];
  private sum = new Float32Array(1);
  private best = new Float32Array(1);
  private colour = new Uint32Array(1);
  private barTop = new Int32Array(1);
  private low = 0;
  private high = 0;
  private readonly looks = new WeakMap<WindowData, NameLook[]>();

  constructor(
    private readonly layer: PixelLayer,
    private readonly palette: Palette,
  ) {}

  begin(): void {
    this.labels = [];
    const {width} = this.layer;
    if (this.sum.length === width) return;
    this.sum = new Float32Array(width);
    this.best = new Float32Array(width);
    this.colour = new Uint32Array(width);
    this.barTop = new Int32Array(width);
  }

  /** Returns how many pixels of the row are busy: on a device, annotations are no work. */
  paint(data: WindowData, row: RowData, scale: Scale, top: number, height: number, kind: RowKind): number {
    if (top >= this.layer.height || top + height <= 0) return 0;
    this.low = scale.right;
    this.high = scale.left;
    const looks = this.looksOf(data);
    let covered = this.rectangles(data, row, scale, top, height, kind, looks);
    covered += this.columns(data, row, scale, kind, looks);
    this.flush(top, height);
    return covered;
  }

  private rectangles(data: WindowData, row: RowData, scale: Scale, top: number, height: number, kind: RowKind, looks: NameLook[]): number {
    const isIdle = kind === 'idle';
    const {rectangleStart, rectangleDuration, rectangleName} = data;
    const to_ns = scale.from_ns + scale.right / scale.perNs;
    const from_ns = scale.from_ns + scale.left / scale.perNs;
    let covered = 0;
    for (let i = firstTouching(data, row, from_ns); i < row.rectangleEnd; i++) {
      const start = rectangleStart[i] ?? 0;
      if (start >= to_ns) break;
      const x0 = (start - scale.from_ns) * scale.perNs;
      const wide = (rectangleDuration[i] ?? 0) * scale.perNs;
      const name = rectangleName[i] ?? 0;
      const look = looks[name];
      if (!look) continue;
      if (kind !== 'device' || look.isWork) covered += Math.max(0, Math.min(scale.right, x0 + wide) - Math.max(scale.left, x0));
      if (wide < RECTANGLE_PX) {
        this.add(x0, x0 + wide, 1, isIdle ? this.palette.idleSolid : look.pixel, scale);
        continue;
      }
      const left = Math.max(scale.left, Math.round(x0));
      const end = Math.round(x0 + wide);
      const right = Math.min(scale.right, wide >= GAP_FROM_PX * scale.ratio ? end - 1 : end);
      if (isIdle) this.idle(left, top, right, height, scale.ratio);
      else this.layer.fill(left, top, right, top + height, look.pixel);
      if (right - left >= LABEL_FROM_PX * scale.ratio) {
        this.labels.push({
          x0: left, x1: right, top, height, text: data.names[name] ?? '', ink: look.ink,
          duration_ns: rectangleDuration[i] ?? 0, isIdle,
        });
      }
    }
    return covered;
  }

  /** Too narrow for a hatch: solid. */
  private idle(left: number, top: number, right: number, height: number, ratio: number): void {
    const {palette, layer} = this;
    if (right - left < 4 * ratio || height < 4 * ratio) layer.fill(left, top, right, top + height, palette.idleSolid);
    else layer.fillCrossed(left, top, right, top + height, palette.idle, palette.idleTint, ratio);
  }

  private columns(data: WindowData, row: RowData, scale: Scale, kind: RowKind, looks: NameLook[]): number {
    const isIdle = kind === 'idle';
    const {columnPixel, columnShare, columnCategory, columnName} = data;
    const wide = data.nsPerPx * scale.perNs;
    const origin = (data.from_ns - scale.from_ns) * scale.perNs;
    const firstPixel = Math.floor((scale.left - origin) / wide);
    const lastPixel = Math.ceil((scale.right - origin) / wide);
    let covered = 0;
    for (let i = firstNotBelow(columnPixel, row.columnBegin, row.columnEnd, firstPixel); i < row.columnEnd; i++) {
      const pixel = columnPixel[i] ?? 0;
      if (pixel > lastPixel) break;
      const x0 = origin + pixel * wide;
      const share = (columnShare[i] ?? 0) * SHARE_SCALE;
      const name = looks[columnName[i] ?? 0];
      const colour = isIdle ? this.palette.idleSolid : this.colourOf(name, columnCategory?.[i]);
      if (kind !== 'device' || (name?.isWork ?? false)) covered += share * Math.max(0, Math.min(scale.right, x0 + wide) - Math.max(scale.left, x0));
      this.add(x0, x0 + wide, share, colour, scale);
    }
    return covered;
  }

  /** The category is exact; the name, hence its shade, only counts if it is of that category. */
  private colourOf(name: NameLook | undefined, category: number | undefined): number {
    if (name && (category === undefined || CATEGORY_NAMES[category] === name.category)) return name.pixel;
    return this.palette.fillOf(category ?? 0).pixels[0] ?? 0;
  }

  /** Adds a share of [x0, x1) to the pixels that it touches. */
  private add(x0: number, x1: number, share: number, colour: number, scale: Scale): void {
    const {sum, best, colour: colours} = this;
    // A hair of rounding must not reach into the next pixel.
    const first = Math.max(scale.left, Math.floor(x0 + 0.002));
    const last = Math.min(scale.right - 1, Math.max(first, Math.ceil(x1 - 0.002) - 1));
    if (first > last) return;
    if (first < this.low) this.low = first;
    if (last + 1 > this.high) this.high = last + 1;
    for (let x = first; x <= last; x++) {
      const part = share * Math.max(0, Math.min(x1, x + 1) - Math.max(x0, x));
      sum[x] = (sum[x] ?? 0) + Math.max(part, 1e-6);
      if (part >= (best[x] ?? 0)) {
        best[x] = part;
        colours[x] = colour;
      }
    }
  }

  private flush(top: number, height: number): void {
    const {sum, best, colour, barTop, low, high, layer} = this;
    if (low >= high) return;
    for (let x = low; x < high; x++) {
      const share = sum[x] ?? 0;
      barTop[x] = share > 0 ? height - Math.max(1, Math.min(height, Math.round(share * height))) : height;
      sum[x] = 0;
      best[x] = 0;
    }
    const {pixels, width} = layer;
    const bottom = Math.min(layer.height, top + height);
    for (let y = Math.max(0, top); y < bottom; y++) {
      const line = y * width;
      const inside = y - top;
      for (let x = low; x < high; x++) {
        if (inside >= (barTop[x] ?? 0)) pixels[line + x] = colour[x] ?? 0;
      }
    }
  }

  private looksOf(data: WindowData): NameLook[] {
    let looks = this.looks.get(data);
    if (!looks) {
      looks = data.names.map((text, i) => {
        const category = data.nameCategory[i] ?? 'other';
        const fill = this.palette.fill(category);
        return {category, pixel: fill.pixels[shadeOf(text)] ?? 0, ink: fill.ink, isWork: DEVICE_WORK.has(category)};
      });
      this.looks.set(data, looks);
    }
    return looks;
  }
}

/** The first rectangle of the row that ends after the time. */
export function firstTouching(data: WindowData, row: RowData, time_ns: number): number {
  let low = row.rectangleBegin;
  let high = row.rectangleEnd;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((data.rectangleStart[middle] ?? 0) + (data.rectangleDuration[middle] ?? 0) > time_ns) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function firstNotBelow(values: ArrayLike<number>, begin: number, end: number, least: number): number {
  let low = begin;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) >= least) high = middle;
    else low = middle + 1;
  }
  return low;
}
