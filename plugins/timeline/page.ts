/**
 * The timeline page: keeps view, layout, data and selection together and draws them, at most once
 * a frame. Parts that draw or listen live in their own modules.
 */
import {html, render} from 'lit/html.js';
import {DataError} from '../_kit/data_client';
import {onResize} from '../_kit/dom';
import type {PanelHost, PanelInstance} from '../_kit/panel';
import {emptyState, errorState} from '../_kit/states';
import {theme} from '../_kit/theme';
import {tooltip} from '../_kit/tooltip';
import type {ShortSlice, StepJson, TrackJson, TracksJson} from './answers';
import {gapDetails, sliceDetails, type DetailActions} from './details';
import {type Hands, keyTarget, pointerTarget} from './hands';
import {type Hit, hitAt} from './hit';
import {HeldKeys, PointerInput} from './input';
import {listenForTimelineKeys} from './keys';
import {renderLabels, writeShares} from './labels';
import {laneOf, layOut, type Layout, outerKey, rowsOf, tracksBetween} from './layout';
import {Loader} from './loader';
import {lossBanner} from './loss_banner';
import {MapInput} from './map_input';
import {Overlay, type OverlayState} from './overlay';
import {makePage, type PageParts} from './page_parts';
import {Palette} from './palette';
import {Picture} from './picture';
import {PixelLayer} from './pixel_layer';
import {CaptureMap, Ruler, type RulerState, viewSummary} from './ruler';
import {SelectedThing} from './selected';
import {View} from './view';
import {ViewAddress} from './view_address';

/** Tracks are fetched from this far above and below the screen. */
const NEAR_PX = 400;
const FRAME_AGAIN_MS = 1200;

export class TimelinePage implements PanelInstance {
  private readonly parts: PageParts;
  private readonly view: View;
  private readonly loader: Loader;
  private readonly layer = new PixelLayer();
  private readonly picture = new Picture(this.layer);
  private readonly overlay: Overlay;
  private readonly ruler: Ruler;
  private readonly map: CaptureMap;
  private readonly input: PointerInput;
  private readonly mapInput: MapInput;
  private readonly held: HeldKeys;
  private readonly selected: SelectedThing;
  private readonly address: ViewAddress;
  private readonly stops: (() => void)[] = [];
  private readonly inspector = document.createElement('div');
  private palette = new Palette();
  private tracks: TracksJson | undefined;
  private tracksError: DataError | undefined;
  private layout: Layout = {heads: [], tracks: [], height: 0};
  private folded = new Set<string>();
  private hover: Hit | undefined;
  private version = '';
  private capture = '';
  private queued = false;
  private framed_ms = -Infinity;

  constructor(root: HTMLElement, private readonly host: PanelHost) {
    this.parts = makePage(root, {fit: () => this.view.fit(), zoom: (factor) => this.view.zoom(factor, 0.5, true), frame: () => this.frame()});
    const {parts} = this;
    this.view = new View(() => this.redraw());
    this.loader = new Loader(host.client, () => this.redraw());
    this.selected = new SelectedThing(host, {changed: (arrived) => this.selectionChanged(arrived), frameStep: (step) => this.frameStep(step)});
    this.address = new ViewAddress(host.url, this.view);
    parts.picture.prepend(this.layer.node);
    this.overlay = new Overlay(parts.over, () => this.overlayState());
    this.ruler = new Ruler(parts.ruler, () => this.rulerState());
    this.map = new CaptureMap(parts.map, () => this.rulerState(), () => this.mapTrack());
    this.held = new HeldKeys(this.view, () => this.pointerShare());
    this.input = new PointerInput(parts.picture, pointerTarget(this.hands()));
    this.mapInput = new MapInput(parts.map, this.view);
    this.stops.push(listenForTimelineKeys(keyTarget(this.hands())), onResize(parts.tracks, () => this.resized()));
    parts.tracks.addEventListener('scroll', () => this.scrolled());
    this.update();
  }

  update(): void {
    if (this.palette.theme !== theme()) this.palette = new Palette();
    const capture = this.host.capture;
    if (capture && (capture.id !== this.capture || capture.version !== this.version)) this.loadTracks(capture.id, capture.version);
    if (this.tracks) this.readAddress();
    this.redraw();
  }

  dispose(): void {
    for (const stop of this.stops) stop();
    for (const part of [this.input, this.mapInput, this.overlay, this.ruler, this.map, this.address]) part.dispose();
    this.loader.close();
    tooltip.hide();
  }

  // What to show

  private loadTracks(capture: string, version: string): void {
    const isOther = capture !== this.capture;
    this.capture = capture;
    this.version = version;
    this.loader.setCapture(capture, version);
    if (isOther) this.tracks = undefined;
    this.host.client.json<TracksJson>('plugin/timeline/tracks', {capture}, version).then(
      (tracks) => {
        if (capture !== this.capture || version !== this.version) return;
        this.tracksError = undefined;
        this.tracksArrived(tracks, isOther);
      },
      (reason: unknown) => {
        if (capture !== this.capture || version !== this.version) return;
        this.tracksError = reason instanceof DataError ? reason : new DataError(String(reason), -1);
        this.version = '';
        this.showState();
      },
    );
  }

  private tracksArrived(tracks: TracksJson, isFirst: boolean): void {
    const wasEmpty = this.tracks === undefined;
    this.tracks = tracks;
    this.view.setDuration(tracks.duration_ns);
    if (isFirst || wasEmpty) this.view.set(0, tracks.duration_ns);
    this.host.banner(lossBanner(tracks));
    this.address.reset(isFirst || wasEmpty);
    this.layOut();
    this.readAddress();
    if (!isFirst) void this.selected.findAgain();
    this.showState();
    this.redraw();
  }

  private readAddress(): void {
    const folded = this.address.folded();
    if (folded.join() !== [...this.folded].join()) {
      this.folded = new Set(folded);
      this.layOut();
    }
    this.address.follow();
    const step = this.address.takeStep();
    if (step !== undefined) this.host.selection.set({kind: 'step', number: step});
    const slice = this.address.takeSlice();
    if (slice !== undefined) this.host.selection.set({kind: 'slice', id: slice});
    this.selected.follow();
  }

  private layOut(): void {
    this.layout = layOut(this.tracks?.groups ?? [], this.folded);
    this.parts.space.style.height = `${this.layout.height}px`;
    renderLabels(this.parts.labels, this.layout, (key) => this.toggle(key));
    const track = this.mapTrack();
    render(html`${this.tracks?.groups[0]?.title ?? ''}<br><span>${track?.title ?? ''}</span>`, this.parts.mapTitle);
  }

  private toggle(key: string): void {
    const next = new Set(this.folded);
    if (!next.delete(key)) next.add(key);
    this.folded = next;
    this.address.setFolded([...next]);
    this.layOut();
    this.redraw();
  }

  private showState(): void {
    const {state} = this.parts;
    const isEmpty = this.tracks !== undefined && this.tracks.groups.length === 0;
    state.hidden = !isEmpty && !(this.tracksError && !this.tracks);
    if (this.tracksError && !this.tracks) render(errorState('The timeline could not be read.', this.tracksError, () => this.update()), state);
    else if (isEmpty) render(emptyState('No slices in this capture.', 'Steps, ranges and kernels appear here as soon as the program records some.', 'tbprof run -- ./your_program'), state);
  }

  // Selection

  private selectionChanged(arrived: boolean): void {
    const {value} = this.selected;
    const span = this.selected.span();
    if (arrived && span && value && value.kind !== 'span') {
      if (this.view.isFull && this.address.isFresh) this.view.frame(span.from_ns, span.until_ns, 1);
      else this.view.reveal(span.from_ns, span.until_ns);
      this.scrollTo(value.kind === 'slice' ? value.slice.track : `idle${value.device}`, value.kind === 'slice' ? value.slice.depth : 0);
    }
    this.address.isFresh = false;
    if (value?.kind === 'slice') render(sliceDetails(value.slice, this.detailActions()), this.inspector);
    else if (value?.kind === 'gap') render(gapDetails(value.gap, `GPU ${value.device}`, this.detailActions()), this.inspector);
    this.host.inspect(value && value.kind !== 'span' ? this.inspector : undefined);
    if (value) this.host.announce(this.selected.sentence());
    this.redraw();
  }

  private detailActions(): DetailActions {
    return {
      jump: (slice) => this.jump(slice),
      frameStep: (step) => this.frameStep(step),
      frame: () => this.frame(),
      walk: (way) => void this.selected.walk(way),
      walkGap: (by) => this.selected.walkGap(by),
      href: (slice) => this.host.href('timeline', {sel: `slice:${slice.id}`, from: this.host.url.get('from') ?? '', to: this.host.url.get('to') ?? ''}),
    };
  }

  /** Selects the other end of a link and shows both ends if they fit. */
  private jump(slice: ShortSlice): void {
    const span = this.selected.span();
    const from = Math.min(span?.from_ns ?? slice.start_ns, slice.start_ns);
    const to = Math.max(span?.until_ns ?? 0, slice.start_ns + slice.duration_ns);
    if (to - from <= this.view.length_ns * 0.9) this.view.reveal(from, to);
    else this.view.reveal(slice.start_ns, slice.start_ns + slice.duration_ns);
    this.unfold(slice.track);
    this.selected.select(slice.id);
    this.scrollTo(slice.track, slice.depth);
  }

  private unfold(track: string): void {
    const group = this.tracks?.groups.find((candidate) => candidate.tracks.some(({key}) => key === track));
    if (group && this.folded.has(group.key)) this.toggle(group.key);
  }

  private scrollTo(track: string, depth: number): void {
    const rows = rowsOf(this.layout, track);
    if (rows && depth < rows.outer - 1) this.toggle(outerKey(rows.track));
    const lane = laneOf(this.layout, track, depth);
    const {tracks} = this.parts;
    if (!lane || (lane.top >= tracks.scrollTop && lane.top + lane.height <= tracks.scrollTop + tracks.clientHeight)) return;
    tracks.scrollTop = lane.top - tracks.clientHeight / 2;
  }

  /** F: the selection; once more: its step. */
  private frame(): void {
    const span = this.selected.span();
    if (!span) return;
    const step = this.selected.step();
    if (step && performance.now() - this.framed_ms < FRAME_AGAIN_MS) {
      this.frameStep(step);
      this.framed_ms = -Infinity;
      return;
    }
    this.framed_ms = performance.now();
    this.view.frame(span.from_ns, span.until_ns);
  }

  private frameStep(step: StepJson): void {
    this.view.frame(step.start_ns, step.start_ns + step.duration_ns, 0.02);
  }

  // Hands

  private hands(): Hands {
    const {view, selected, held} = this;
    return {
      view, selected, held, tracks: this.parts.tracks, picture: this.parts.picture,
      hitAt: (x, y) => this.hitAt(x, y), pointTo: (hit) => this.setHover(hit), pointerShare: () => this.pointerShare(),
      frame: () => this.frame(), redraw: () => this.redraw(),
    };
  }

  private hitAt(x: number, y: number): Hit | undefined {
    return hitAt({view: this.view, layout: this.layout, loader: this.loader, width_px: this.parts.picture.clientWidth, ratio: this.ratio}, x, y + this.parts.tracks.scrollTop);
  }

  private setHover(hit: Hit | undefined): void {
    if (!hit) tooltip.hide();
    if (hit?.id === this.hover?.id && hit?.start_ns === this.hover?.start_ns && hit?.depth === this.hover?.depth) return;
    this.hover = hit;
    this.overlay.redraw();
  }

  private pointerShare(): number {
    return this.input.x === undefined ? 0.5 : Math.max(0, Math.min(1, this.input.x / Math.max(1, this.parts.picture.clientWidth)));
  }

  // Drawing

  private get ratio(): number {
    return window.devicePixelRatio || 1;
  }

  /** Where the first GPU idles; without a GPU, what the main thread does. */
  private mapTrack(): TrackJson | undefined {
    const tracks = this.tracks?.groups[0]?.tracks;
    return tracks?.find((track) => track.kind === 'idle') ?? tracks?.find((track) => track.kind === 'thread' || track.kind === 'stream');
  }

  private rulerState(): RulerState {
    return {view: this.view, tracks: this.tracks, loader: this.loader, palette: this.palette, range: this.selected.value?.kind === 'span' ? this.selected.value : undefined};
  }

  private overlayState(): OverlayState {
    const {value} = this.selected;
    return {
      view: this.view, layout: this.layout, scrollTop: this.parts.tracks.scrollTop, palette: this.palette, hover: this.hover,
      selected: value?.kind === 'slice' ? value.slice : value?.kind === 'gap' ? {track: `idle${value.device}`, depth: 0, start_ns: value.gap.start_ns, duration_ns: value.gap.duration_ns} : undefined,
      flows: this.selected.flows(), range: value?.kind === 'span' ? value : undefined,
    };
  }

  private resized(): void {
    this.parts.stick.style.height = `${this.parts.tracks.clientHeight}px`;
    this.redraw();
  }

  private scrolled(): void {
    this.setHover(undefined);
    this.redraw();
  }

  private redraw(): void {
    if (!this.queued) {
      this.queued = true;
      requestAnimationFrame((now) => this.drawFrame(now));
    }
    // After the frame above is queued: they draw the same view in the same frame.
    this.overlay?.redraw();
    this.ruler?.redraw();
    this.map?.redraw();
  }

  private drawFrame(now_ms: number): void {
    this.queued = false;
    if (!this.parts.root.isConnected) return;
    if (this.held.isActive) this.held.step(now_ms);
    this.view.step(now_ms);
    const {picture, tracks} = this.parts;
    const {clientWidth: width, clientHeight: height} = picture;
    if (!this.tracks || width === 0 || height === 0) return;
    this.layer.resize(Math.round(width * this.ratio), Math.round(height * this.ratio));
    const scrollTop = tracks.scrollTop;
    this.parts.labels.style.transform = `translateY(${-scrollTop}px)`;
    this.picture.draw({view: this.view, layout: this.layout, scrollTop, loader: this.loader, palette: this.palette, ratio: this.ratio});
    writeShares(this.parts.labels, this.picture.busyShare);
    this.writeSummary();
    this.address.write();
    this.ask(scrollTop, height);
  }

  private writeSummary(): void {
    const words = viewSummary(this.rulerState());
    render(html`<b>${words.view}</b><span>${words.rest}</span>`, this.parts.summary);
    this.mapInput.describe();
  }

  private ask(scrollTop: number, height: number): void {
    const near = tracksBetween(this.layout, scrollTop - NEAR_PX, scrollTop + height + NEAR_PX).map((track) => track.key);
    const map = this.mapTrack();
    const goal = this.view.goal();
    this.loader.want({
      from_ns: goal.from_ns, to_ns: goal.to_ns, widthPx: this.layer.width, duration_ns: this.view.duration_ns,
      tracks: [...new Set(['steps', ...near])], alwaysWhole: map ? [map.key] : [],
    });
  }
}
