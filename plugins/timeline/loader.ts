/**
 * Gets windows of the capture and keeps the last few: a coarse picture of all of it that is always
 * there, and fine ones around the view. One question runs at a time; when it is answered, the next
 * is about where the view is by then, so that outdated ones are never asked.
 */
import type {ColumnTable} from '../_kit/column_table';
import {type DataClient, DataError} from '../_kit/data_client';
import {WindowData} from './window_data';

/** Fetched beyond the view at each side, as a share of its width, so that panning stays fluid. */
const MARGIN = 0.4;
/** While the view zooms, the next question has another scale: what lies beyond would be for nothing. */
const ZOOM_MARGIN = 0;
const ZOOM_OUT_MARGIN = 0.15;
/** With this much left at each side, a view that rests is not asked for again. */
const ENOUGH_MARGIN = 0.25;
const REST_MS = 200;
/** Data as coarse or fine as this against the screen count as sharp. */
const SHARP = 1.01;
/** Panning changes the scale by rounding alone. */
const SAME_SCALE = 1.0001;
/** Of a view that zooms on, each is seen for an instant: data this much coarser or finer do until it rests. */
const ZOOMING = 2.02;
const ZOOMING_SHARE_OF_PX = 0.5;
/** So many changes of scale without a rest are no jump any more. */
const JUMP_CHANGES = 2;
const KEPT_FINE = 4;
const PAUSE_MS = 25;
const ZOOMING_PAUSE_MS = 50;

export interface Wanted {
  readonly from_ns: number;
  readonly to_ns: number;
  /** Of the view, in the device's pixels. */
  readonly widthPx: number;
  readonly duration_ns: number;
  readonly tracks: readonly string[];
  /** Of these the picture of the whole capture is needed, whatever the view. */
  readonly alwaysWhole: readonly string[];
}

export class Loader {
  error: DataError | undefined;
  private readonly base = new Map<string, WindowData>();
  private readonly fine = new Map<string, WindowData[]>();
  private wanted: Wanted | undefined;
  private capture = '';
  private version = '';
  private generation = 0;
  private running = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private restTimer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private askedNsPerPx = 0;
  private movedAt_ms = 0;
  private scaleChanges = 0;
  /** Of an older version of the capture: shown until replaced. */
  private stale = new Set<WindowData>();

  constructor(
    private readonly client: DataClient,
    private readonly arrived: () => void,
  ) {}

  get isLoading(): boolean {
    return this.running;
  }

  /** A new version keeps the old picture until there is a newer one; another capture does not. */
  setCapture(capture: string, version: string): void {
    if (capture === this.capture && version === this.version) return;
    if (capture !== this.capture) {
      this.base.clear();
      this.fine.clear();
    }
    this.capture = capture;
    this.version = version;
    this.generation++;
    this.stale = new Set([...this.base.values(), ...[...this.fine.values()].flat()]);
  }

  want(wanted: Wanted): void {
    const before = this.wanted;
    if (!before || before.from_ns !== wanted.from_ns || before.to_ns !== wanted.to_ns) {
      if (this.restLeft_ms() <= 0) this.scaleChanges = 0;
      if (before && !isNear(nsPerPxOf(before), nsPerPxOf(wanted), SAME_SCALE)) this.scaleChanges++;
      this.movedAt_ms = performance.now();
    }
    this.wanted = wanted;
    if (!this.running && this.timer === undefined) this.ask();
  }

  close(): void {
    this.generation++;
    this.wanted = undefined;
    clearTimeout(this.timer);
    clearTimeout(this.restTimer);
  }

  /** What to draw of a track: the coarse picture, and the best fine one over it. */
  dataFor(track: string, from_ns: number, to_ns: number, nsPerPx: number): WindowData[] {
    const base = this.base.get(track);
    const fine = this.bestFine(track, from_ns, to_ns, nsPerPx);
    // Zoomed out on a capture that fits, the picture of all of it is the sharpest there is.
    if (base && fine && Math.abs(Math.log2(base.nsPerPx / nsPerPx)) <= Math.abs(Math.log2(fine.nsPerPx / nsPerPx))) return [base];
    if (fine?.covers(from_ns, to_ns)) return [fine];
    return [base, fine].filter((data) => data !== undefined);
  }

  private bestFine(track: string, from_ns: number, to_ns: number, nsPerPx: number): WindowData | undefined {
    let best: WindowData | undefined;
    let least = Infinity;
    for (const data of this.fine.get(track) ?? []) {
      const shown = Math.min(to_ns, data.to_ns) - Math.max(from_ns, data.from_ns);
      if (shown <= 0) continue;
      const hidden = 1 - shown / (to_ns - from_ns);
      const blur = Math.abs(Math.log2(data.nsPerPx / nsPerPx));
      const cost = hidden * 20 + blur + (this.stale.has(data) ? 0.5 : 0);
      if (cost < least) {
        least = cost;
        best = data;
      }
    }
    return best;
  }

  private restLeft_ms(): number {
    return this.movedAt_ms + REST_MS - performance.now();
  }

  private get isZooming(): boolean {
    return this.scaleChanges >= JUMP_CHANGES && this.restLeft_ms() > 0;
  }

  /** Whether there are data `near` as fine as the screen of the view and `margin` of it at each side. */
  private isSharp(track: string, wanted: Wanted, margin = 0, near = SHARP): boolean {
    const length = wanted.to_ns - wanted.from_ns;
    const nsPerPx = nsPerPxOf(wanted);
    const from_ns = Math.max(Math.min(0, wanted.from_ns), wanted.from_ns - margin * length);
    const to_ns = Math.min(Math.max(wanted.duration_ns, wanted.to_ns), wanted.to_ns + margin * length);
    return [this.base.get(track), ...(this.fine.get(track) ?? [])].some((data) => {
      if (!data || this.stale.has(data) || !data.covers(from_ns, to_ns)) return false;
      return isNear(data.nsPerPx, nsPerPx, near);
    });
  }

  private ask(): void {
    this.timer = undefined;
    clearTimeout(this.restTimer);
    const wanted = this.wanted;
    if (!wanted || this.capture === '') return;
    const isZooming = this.isZooming;
    const missing = wanted.tracks.filter((track) => !this.isSharp(track, wanted, 0, isZooming ? ZOOMING : SHARP));
    const coarse = [...new Set([...wanted.tracks, ...wanted.alwaysWhole])].filter((track) => !this.hasBase(track));
    if (missing.length > 0) {
      const window = aroundView(wanted, this.marginFor(wanted));
      this.askedNsPerPx = nsPerPxOf(wanted);
      if (isZooming) window.widthPx = Math.ceil(window.widthPx * ZOOMING_SHARE_OF_PX);
      return void this.fetch(window, missing);
    }
    if (coarse.length > 0) return void this.fetch({from_ns: 0, to_ns: wanted.duration_ns, widthPx: wanted.widthPx}, coarse);
    const tight = wanted.tracks.filter((track) => !this.isSharp(track, wanted, ENOUGH_MARGIN));
    if (tight.length === 0) return;
    const rest_ms = this.restLeft_ms();
    if (rest_ms > 0) this.restTimer = setTimeout(() => this.want(wanted), rest_ms);
    else void this.fetch(aroundView(wanted, MARGIN), tight);
  }

  private marginFor(wanted: Wanted): number {
    const nsPerPx = nsPerPxOf(wanted);
    if (isNear(nsPerPx, this.askedNsPerPx, SHARP)) return MARGIN;
    return nsPerPx > this.askedNsPerPx ? ZOOM_OUT_MARGIN : ZOOM_MARGIN;
  }

  private hasBase(track: string): boolean {
    const base = this.base.get(track);
    return base !== undefined && !this.stale.has(base);
  }

  private async fetch(window: {from_ns: number; to_ns: number; widthPx: number}, tracks: readonly string[]): Promise<void> {
    const generation = this.generation;
    this.running = true;
    try {
      const table: ColumnTable = await this.client.table('plugin/timeline/window', {
        capture: this.capture, from_ns: window.from_ns, to_ns: window.to_ns,
        width_px: window.widthPx, tracks: tracks.join(','),
      }, this.version);
      this.error = undefined;
      this.failures = 0;
      if (generation === this.generation) this.keep(new WindowData(table));
    } catch (reason) {
      this.error = reason instanceof DataError ? reason : new DataError(String(reason), -1);
      this.failures++;
    }
    this.running = false;
    this.arrived();
    const pause = this.failures === 0 ? (this.isZooming ? ZOOMING_PAUSE_MS : PAUSE_MS) : Math.min(15000, 500 * 2 ** this.failures);
    this.timer = setTimeout(() => this.ask(), pause);
  }

  private keep(data: WindowData): void {
    const isWhole = data.from_ns <= 0 && data.to_ns >= (this.wanted?.duration_ns ?? Infinity);
    for (const track of data.tracks) {
      if (isWhole) {
        this.base.set(track, data);
        continue;
      }
      const kept = this.fine.get(track) ?? [];
      kept.unshift(data);
      kept.length = Math.min(kept.length, KEPT_FINE);
      this.fine.set(track, kept);
    }
  }
}

function nsPerPxOf(wanted: Wanted): number {
  return (wanted.to_ns - wanted.from_ns) / wanted.widthPx;
}

function isNear(one: number, other: number, factor: number): boolean {
  const ratio = one / other;
  return ratio < factor && ratio > 1 / factor;
}

/** The view and a margin in whole pixels of it, so that what is fetched lies on the same grid. */
function aroundView(wanted: Wanted, share: number): {from_ns: number; to_ns: number; widthPx: number} {
  const nsPerPx = nsPerPxOf(wanted);
  const margin = Math.floor(wanted.widthPx * share);
  const before = Math.min(margin, Math.max(0, Math.ceil(wanted.from_ns / nsPerPx)));
  const after = Math.min(margin, Math.max(0, Math.ceil((wanted.duration_ns - wanted.to_ns) / nsPerPx)));
  return {
    from_ns: Math.floor(wanted.from_ns - before * nsPerPx),
    to_ns: Math.ceil(wanted.to_ns + after * nsPerPx),
    widthPx: wanted.widthPx + before + after,
  };
}
