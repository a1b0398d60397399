/** Draws the tracks that are on the screen: grid, rows, counters, then names on top. */
import {fixed, UNIT_SPACE} from '../_kit/format';
import type {TrackJson} from './answers';
import {type Cross, drawCounter, drawInstants} from './counter_painter';
import {oddText} from './counter_words';
import {IDLE_LINE_PX, type Layout, type TrackRows} from './layout';
import type {Loader} from './loader';
import type {Palette} from './palette';
import type {PixelLayer} from './pixel_layer';
import type {Recorded} from './recorded';
import {type Label, type RowKind, RowPainter, type Scale} from './row_painter';
import {TextFitter} from './text_fitter';
import {exactTime, shortTime, timeTicks} from './time_axis';
import type {View} from './view';
import type {WindowData} from './window_data';

const TEXT_PX = 11;
const LABEL_PADDING_PX = 4;
const PLATE_PADDING_PX = 4;
/** From a cross to its words. */
const CROSS_WORDS_PX = 8;
/** Ticks of instants stand in the gap above their track. */
const INSTANT_PX = 3;

export interface Frame {
  readonly view: View;
  readonly layout: Layout;
  readonly scrollTop: number;
  readonly loader: Loader;
  readonly recorded: Recorded;
  readonly palette: Palette;
  readonly ratio: number;
}

export class Picture {
  /** Covered share of the view as far as it was recorded, by key of the track. */
  readonly busyShare = new Map<string, number>();
  private painter: RowPainter | undefined;
  private palette: Palette | undefined;
  private crosses: Cross[] = [];
  private readonly fitter = new TextFitter();

  constructor(readonly layer: PixelLayer) {}

  draw(frame: Frame): void {
    const {layer} = this;
    if (!this.painter || this.palette !== frame.palette) {
      this.palette = frame.palette;
      this.painter = new RowPainter(layer, frame.palette);
    }
    const painter = this.painter;
    painter.begin();
    this.crosses = [];
    layer.clear(frame.palette.page);
    this.unrecorded(frame, 0, layer.height);
    this.grid(frame);
    for (const head of frame.layout.heads) {
      const top = this.y(frame, head.top);
      const height = Math.round(head.height * frame.ratio);
      if (top + height < 0 || top > layer.height) continue;
      layer.fill(0, top, layer.width, top + height, frame.palette.back);
      this.unrecorded(frame, top, top + height);
      layer.fill(0, top, layer.width, top + 1, frame.palette.grid);
      layer.fill(0, top + height - 1, layer.width, top + height, frame.palette.grid);
      this.summary(frame, painter, head.summary, top, height);
    }
    for (const rows of frame.layout.tracks) {
      const top = this.y(frame, rows.top);
      const bottom = this.y(frame, rows.bottom);
      if (bottom < 0 || top > layer.height) continue;
      if (rows.track.kind === 'counter') {
        this.counter(frame, rows.track, top, bottom - top);
        continue;
      }
      const share = this.track(frame, painter, rows);
      if (this.parts(frame, rows.track.key).length > 0) this.busyShare.set(rows.track.key, share);
      else this.busyShare.delete(rows.track.key);
      for (const [data, scale] of this.parts(frame, rows.track.key)) {
        drawInstants(layer, data, rows.track.key, scale, top - Math.round(INSTANT_PX * frame.ratio), Math.round(INSTANT_PX * frame.ratio), frame.palette.strong);
      }
    }
    layer.show();
    this.names(frame, painter.labels);
  }

  private y(frame: Frame, px: number): number {
    return Math.round((px - frame.scrollTop) * frame.ratio);
  }

  /** The ground of time outside of windows, with an edge: quiet, and never a hatch, which would say that it waited. */
  private unrecorded({view, recorded, palette, ratio}: Frame, top: number, bottom: number): void {
    const perNs = this.layer.width / view.length_ns;
    const line = Math.max(1, Math.round(ratio));
    for (const {from_ns, until_ns} of recorded.gaps) {
      const left = Math.round((from_ns - view.from_ns) * perNs);
      const right = Math.round((until_ns - view.from_ns) * perNs);
      this.layer.fill(left, top, right, bottom, palette.well);
      if (from_ns > 0) this.layer.fill(left, top, left + line, bottom, palette.strong);
      if (until_ns < view.duration_ns) this.layer.fill(right - line, top, right, bottom, palette.strong);
    }
  }

  private grid(frame: Frame): void {
    const perNs = this.layer.width / frame.view.length_ns;
    for (const time of timeTicks(frame.view, this.layer.width / frame.ratio).times) {
      const x = Math.round((time - frame.view.from_ns) * perNs);
      this.layer.fill(x, 0, x + Math.max(1, Math.round(frame.ratio)), this.layer.height, frame.palette.grid);
    }
  }

  /** Fine data where there are some, the coarse picture at their sides. */
  private parts(frame: Frame, track: string): [WindowData, Scale][] {
    const {view, ratio} = frame;
    const width = this.layer.width;
    const perNs = width / view.length_ns;
    const scale = (left: number, right: number): Scale => ({from_ns: view.from_ns, perNs, left, right, ratio});
    const [first, second] = frame.loader.dataFor(track, view.from_ns, view.to_ns, view.length_ns / width);
    if (!first) return [];
    if (!second) return [[first, scale(0, width)]];
    const edge = (time: number): number => Math.max(0, Math.min(width, Math.round((time - view.from_ns) * perNs)));
    const left = edge(second.from_ns);
    const right = edge(second.to_ns);
    return [[first, scale(0, left)], [second, scale(left, right)], [first, scale(right, width)]];
  }

  /** Returns the busy share. */
  private track(frame: Frame, painter: RowPainter, rows: TrackRows): number {
    let busy = 0;
    for (const {depth, top, height} of rows.lanes) {
      if (depth > 0 && depth < rows.outer - 1) continue;
      const first = painter.labels.length;
      const share = this.lane(frame, painter, rows.track, depth, this.y(frame, top), Math.round(height * frame.ratio));
      // Below the outermost calls of a thread nothing is added; the lanes of a stream lie beside each other.
      if (depth === 0 || rows.track.kind === 'stream') busy += share;
      if (depth < rows.outer) nameOuterRow(painter.labels, first, depth === rows.outer - 1 ? rows.outer : 0);
    }
    return busy;
  }

  private lane(frame: Frame, painter: RowPainter, track: TrackJson, depth: number, top: number, height: number): number {
    let covered = 0;
    for (const [data, scale] of this.parts(frame, track.key)) {
      const row = data.row(track.key, depth);
      if (row && scale.left < scale.right) covered += painter.paint(data, row, scale, top, height, rowKind(track));
    }
    const recorded = frame.recorded.share(frame.view.from_ns, frame.view.to_ns);
    return covered === 0 ? 0 : Math.min(1, covered / this.layer.width / Math.max(recorded, Number.EPSILON));
  }

  /** A folded group at a glance: its busiest track above, a line of idle below. */
  private summary(frame: Frame, painter: RowPainter, tracks: readonly TrackJson[], top: number, height: number): void {
    const kept = painter.labels;
    const inner = height - Math.round(6 * frame.ratio);
    const line = tracks.some((track) => track.kind === 'idle') ? Math.round(IDLE_LINE_PX * frame.ratio) : 0;
    for (const track of tracks) {
      const isIdle = track.kind === 'idle';
      const at = top + Math.round(3 * frame.ratio) + (isIdle ? inner - line : 0);
      const share = this.lane(frame, painter, track, 0, at, isIdle ? line : inner - line);
      this.busyShare.set(track.key, share);
    }
    painter.labels = kept.filter((label) => label.top < top || label.top >= top + height);
  }

  private counter(frame: Frame, track: TrackJson, top: number, height: number): void {
    const [data] = frame.loader.dataFor(track.key, frame.view.from_ns, frame.view.to_ns, frame.view.length_ns / this.layer.width);
    if (!data) return;
    const perNs = this.layer.width / frame.view.length_ns;
    const scale = {from_ns: frame.view.from_ns, perNs, left: 0, right: this.layer.width, ratio: frame.ratio};
    this.crosses.push(...drawCounter(this.layer, data, track, scale, top, height, frame.palette, frame.recorded));
  }

  private names(frame: Frame, labels: readonly Label[]): void {
    const {context} = this.layer;
    const {ratio, palette} = frame;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const font = palette.theme.font(TEXT_PX);
    const strong = palette.theme.font(TEXT_PX, 600);
    context.font = font;
    context.textBaseline = 'middle';
    this.fitter.use(font);
    let ink = '';
    for (const label of labels) {
      if (label.isIdle || label.height < TEXT_PX * ratio) continue;
      const left = label.x0 / ratio + LABEL_PADDING_PX;
      const text = this.fitter.fit(context, label.text.replace(/^void /, ''), label.x1 / ratio - LABEL_PADDING_PX - left);
      if (text === '') continue;
      if (label.ink !== ink) context.fillStyle = ink = label.ink;
      context.fillText(text, left, (label.top + label.height / 2) / ratio + 0.5);
    }
    context.font = strong;
    for (const label of labels) if (label.isIdle) this.plate(frame, label);
    for (const cross of this.crosses) this.crossWords(frame, cross);
  }

  /** The longest words that end before the next cross, with a halo. */
  private crossWords({ratio, palette, view}: Frame, cross: Cross): void {
    const {context} = this.layer;
    const left = cross.x / ratio + CROSS_WORDS_PX;
    const room = cross.until / ratio - CROSS_WORDS_PX - left;
    const word = oddText(cross.value);
    const text = [`${word} at ${exactTime(cross.time_ns, view.length_ns / 1000)}`, word].find((candidate) => context.measureText(candidate).width <= room);
    if (text === undefined) return;
    context.lineWidth = 3;
    context.strokeStyle = palette.css('--surface-1');
    context.strokeText(text, left, cross.y / ratio);
    context.fillStyle = palette.css('--bad');
    context.fillText(text, left, cross.y / ratio);
  }

  /** The longest that fits, on a plate of page colour, so that it is read on a hatch. */
  private plate(frame: Frame, label: Label): void {
    const {context} = this.layer;
    const {ratio, palette} = frame;
    if (label.height < (TEXT_PX + 4) * ratio) return;
    const time = shortTime(label.duration_ns);
    const room = (label.x1 - label.x0) / ratio - 2 * PLATE_PADDING_PX - 10;
    const text = [`Idle · ${time}`, time].find((candidate) => context.measureText(candidate).width <= room);
    if (text === undefined) return;
    const wide = context.measureText(text).width;
    const x = label.x0 / ratio + 5;
    context.fillStyle = palette.css('--surface-1');
    context.fillRect(x, label.top / ratio + 3, wide + 2 * PLATE_PADDING_PX, label.height / ratio - 6);
    context.fillStyle = palette.css('--text-1');
    context.fillText(text, x + PLATE_PADDING_PX, (label.top + label.height / 2) / ratio + 0.5);
  }
}

/** The innermost of frames that share a row names it; those under it are not named. */
function nameOuterRow(labels: Label[], first: number, frames: number): void {
  const named = labels.splice(first);
  if (frames > 0) labels.push(...named.map((label) => ({...label, text: `${label.text} … ${frames} outer frames`})));
}

function rowKind(track: TrackJson): RowKind {
  return track.kind === 'idle' ? 'idle' : track.kind === 'stream' ? 'device' : 'host';
}

/** "44 %"; 0 only for nothing at all. */
export function shareText(share: number): string {
  if (share <= 0) return `0${UNIT_SPACE}%`;
  return share < 0.005 ? `<${UNIT_SPACE}1${UNIT_SPACE}%` : `${fixed(share * 100, 0)}${UNIT_SPACE}%`;
}
