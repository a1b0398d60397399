/**
 * The timeline page: puts view, rows, data and selection together and draws them, at most once a
 * frame. What each of them does is in its own module.
 */
import {html, nothing, render} from 'lit/html.js';
import {onResize} from '../_kit/dom';
import type {PanelHost, PanelInstance} from '../_kit/panel';
import {banner, emptyState, errorState} from '../_kit/states';
import {theme} from '../_kit/theme';
import {tooltip} from '../_kit/tooltip';
import type {TrackJson, TracksJson} from './answers';
import {CaptureMap} from './capture_map';
import {CaptureTracks} from './capture_tracks';
import {Folding} from './folding';
import {type Hands, keyTarget, pointerTarget} from './hands';
import {type Hit, hitAt} from './hit';
import {HeldKeys, PointerInput} from './input';
import {listenForTimelineKeys} from './keys';
import {writeShares} from './labels';
import {tracksBetween} from './layout';
import {Loader} from './loader';
import {lossBanner} from './loss_banner';
import {MapInput} from './map_input';
import {Overlay, type OverlayState} from './overlay';
import {makePage, type PageParts} from './page_parts';
import {Palette} from './palette';
import {Picture} from './picture';
import {PixelLayer} from './pixel_layer';
import {Recorded, type Stretch} from './recorded';
import {Ruler, type RulerState} from './ruler';
import {RulerInput} from './ruler_input';
import {SearchField} from './search_field';
import {SelectedThing} from './selected';
import {SelectionView} from './selection_view';
import {View} from './view';
import {ViewAddress} from './view_address';
import {viewSummary} from './view_summary';

/** Tracks are fetched from this far above and below the screen. */
const NEAR_PX = 400;

/** What was selected when the page was left: another page may have selected something else since. */
let leftWith: string | undefined;

export class TimelinePage implements PanelInstance {
  private readonly parts: PageParts;
  private readonly view: View;
  private readonly address: ViewAddress;
  private readonly capture: CaptureTracks;
  private readonly loader: Loader;
  private readonly folding: Folding;
  private readonly selected: SelectedThing;
  private readonly selection: SelectionView;
  private readonly layer = new PixelLayer();
  private readonly picture = new Picture(this.layer);
  private readonly overlay: Overlay;
  private readonly ruler: Ruler;
  private readonly map: CaptureMap;
  private readonly search: SearchField;
  private readonly input: PointerInput;
  private readonly mapInput: MapInput;
  private readonly rulerInput: RulerInput;
  private readonly held: HeldKeys;
  private readonly stops: (() => void)[] = [];
  private palette = new Palette();
  private recorded = new Recorded();
  private hover: Hit | undefined;
  private hoveredStep_ns: number | undefined;
  private queued = false;

  constructor(root: HTMLElement, private readonly host: PanelHost) {
    this.parts = makePage(root, {fit: () => this.view.fit(), zoom: (factor) => this.view.zoom(factor, 0.5, true), frame: () => this.selection.frame()});
    const {parts} = this;
    this.view = new View(() => this.redraw());
    this.address = new ViewAddress(host.url, this.view);
    this.loader = new Loader(host.client, () => this.redraw());
    this.folding = new Folding(parts, this.address, () => this.redraw());
    this.selected = new SelectedThing(host, (reveal) => {
      this.selection.changed(reveal);
      this.redraw();
    });
    this.selection = new SelectionView({host, view: this.view, address: this.address, folding: this.folding, selected: this.selected});
    this.capture = new CaptureTracks(host, {arrived: (tracks, isFirst) => this.tracksArrived(tracks, isFirst), failed: () => this.showState()});
    parts.picture.prepend(this.layer.node);
    this.overlay = new Overlay(parts.over, () => this.overlayState());
    this.ruler = new Ruler(parts.ruler, () => this.rulerState());
    this.map = new CaptureMap(parts.map, () => this.rulerState(), () => this.mapTrack());
    this.search = new SearchField(parts.search, host, this.selected, this.view);
    this.held = new HeldKeys(this.view, () => this.pointerShare());
    this.input = new PointerInput(parts.picture, pointerTarget(this.hands()));
    this.mapInput = new MapInput(parts.map, this.view);
    this.rulerInput = new RulerInput(parts.ruler, {view: this.view, loader: this.loader, selected: this.selected, hover: (start_ns) => this.hoverStep(start_ns)});
    this.stops.push(listenForTimelineKeys(keyTarget(this.hands())), onResize(parts.tracks, () => this.resized()));
    parts.tracks.addEventListener('scroll', () => this.scrolled());
    this.update();
  }

  update(): void {
    if (this.palette.theme !== theme()) this.palette = new Palette();
    const {capture} = this.host;
    if (this.capture.follow() && capture) this.loader.setCapture(capture.id, capture.version);
    if (this.capture.value) this.readAddress(false);
    else this.showState();
    this.redraw();
  }

  dispose(): void {
    leftWith = this.host.url.get('sel') ?? '';
    for (const stop of this.stops) stop();
    for (const part of [this.input, this.mapInput, this.rulerInput, this.search, this.overlay, this.ruler, this.map, this.address]) part.dispose();
    this.loader.close();
    tooltip.hide();
  }

  // What to show

  private tracksArrived(tracks: TracksJson, isFirst: boolean): void {
    this.view.setDuration(tracks.duration_ns);
    this.recorded = new Recorded(tracks);
    if (isFirst) this.view.set(0, tracks.duration_ns);
    this.host.banner(lossBanner(tracks));
    this.address.reset(isFirst);
    this.folding.setTracks(tracks);
    const track = this.mapTrack();
    render(html`${tracks.groups[0]?.title ?? ''}<br><span>${track?.title ?? ''}</span>`, this.parts.mapTitle);
    this.readAddress(isFirst && leftWith !== undefined && leftWith !== (this.host.url.get('sel') ?? ''));
    if (!isFirst) this.selected.findAgain();
    this.showState();
    this.redraw();
  }

  /** A view that the address names stays; without one, or `reveal`, what is selected is brought into it. */
  private readAddress(reveal: boolean): void {
    const link = this.address.takeShortLink();
    if (link) this.host.selection.set(link, {push: false});
    this.folding.followAddress();
    this.address.follow();
    this.selected.follow(reveal || !this.address.namesView);
  }

  private showState(): void {
    const {state} = this.parts;
    const {value, error} = this.capture;
    const isEmpty = value?.groups.length === 0;
    const isLoading = !value && !error;
    state.hidden = value !== undefined && !isEmpty;
    state.setAttribute('aria-busy', String(isLoading));
    if (!value && error) render(errorState('The timeline could not be read.', error, () => this.update()), state);
    else if (isEmpty) render(emptyState('No slices in this capture.', 'Steps, ranges and kernels appear here as soon as the program records some.', 'tbprof run -- ./your_program'), state);
    else if (isLoading) render(html`<div class="timeline-loading">${Array.from({length: 9}, () => html`<div class="skeleton"></div>`)}</div>`, state);
  }

  // Hands

  private hands(): Hands {
    const {view, selected, held} = this;
    return {
      view, selected, held, tracks: this.parts.tracks, picture: this.parts.picture,
      hitAt: (x, y) => this.hitAt(x, y), unrecordedAt: (x) => this.unrecordedAt(x), pointTo: (hit) => this.setHover(hit), pointerShare: () => this.pointerShare(),
      frame: () => this.selection.frame(), redraw: () => this.redraw(),
    };
  }

  private hitAt(x: number, y: number): Hit | undefined {
    return hitAt({view: this.view, layout: this.folding.layout, loader: this.loader, recorded: this.recorded, width_px: this.parts.picture.clientWidth, ratio: this.ratio}, x, y + this.parts.tracks.scrollTop);
  }

  private unrecordedAt(x: number): Stretch | undefined {
    return this.recorded.gapAt(this.view.from_ns + (x / Math.max(1, this.parts.picture.clientWidth)) * this.view.length_ns);
  }

  private setHover(hit: Hit | undefined): void {
    if (!hit) tooltip.hide();
    if (hit?.id === this.hover?.id && hit?.start_ns === this.hover?.start_ns && hit?.depth === this.hover?.depth) return;
    this.hover = hit;
    this.overlay.redraw();
  }

  private hoverStep(start_ns: number | undefined): void {
    if (start_ns === this.hoveredStep_ns) return;
    this.hoveredStep_ns = start_ns;
    this.ruler.redraw();
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
    const tracks = this.capture.value?.groups[0]?.tracks;
    return tracks?.find((track) => track.kind === 'idle') ?? tracks?.find((track) => track.kind === 'thread' || track.kind === 'stream');
  }

  private rulerState(): RulerState {
    const {value} = this.selected;
    return {
      view: this.view, tracks: this.capture.value, loader: this.loader, palette: this.palette, recorded: this.recorded, hovered_ns: this.hoveredStep_ns,
      range: value?.kind === 'span' ? value : undefined, step: value?.kind === 'step' ? value.step : undefined,
    };
  }

  private overlayState(): OverlayState {
    const {value} = this.selected;
    return {
      view: this.view, layout: this.folding.layout, scrollTop: this.parts.tracks.scrollTop, palette: this.palette, hover: this.hover,
      selected: value?.kind === 'slice' ? value.slice : value?.kind === 'gap' ? {track: `idle${value.device}`, depth: 0, start_ns: value.gap.start_ns, duration_ns: value.gap.duration_ns} : undefined,
      flows: this.selected.flows(), range: value?.kind === 'span' ? value : undefined, step: value?.kind === 'step' ? value.step : undefined,
    };
  }

  private resized(): void {
    this.folding.resized();
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
    if (!this.capture.value || width === 0 || height === 0) return;
    this.layer.resize(Math.round(width * this.ratio), Math.round(height * this.ratio));
    const scrollTop = tracks.scrollTop;
    this.parts.labels.style.transform = `translateY(${-scrollTop}px)`;
    this.picture.draw({view: this.view, layout: this.folding.layout, scrollTop, loader: this.loader, recorded: this.recorded, palette: this.palette, ratio: this.ratio});
    writeShares(this.parts.labels, this.picture.busyShare);
    this.writeSummary(this.capture.value);
    this.address.write();
    this.ask(scrollTop, height);
  }

  private writeSummary(tracks: TracksJson): void {
    const words = viewSummary(this.rulerState());
    render(tracks.groups.length > 0 ? html`<b>${words.view}</b><span>${words.rest}</span>` : nothing, this.parts.summary);
    const {error} = this.loader;
    render(error ? banner('bad', html`<b>The picture is not whole.</b> ${error.message} It is asked for again.`) : nothing, this.parts.notice);
    this.parts.frame.disabled = this.selected.span() === undefined;
    this.mapInput.describe();
    this.rulerInput.describe(tracks.steps.slices);
  }

  private ask(scrollTop: number, height: number): void {
    const near = tracksBetween(this.folding.layout, scrollTop - NEAR_PX, scrollTop + height + NEAR_PX).map((track) => track.key);
    const map = this.mapTrack();
    const goal = this.view.goal();
    this.loader.want({
      from_ns: goal.from_ns, to_ns: goal.to_ns, widthPx: this.layer.width, duration_ns: this.view.duration_ns,
      tracks: [...new Set(['steps', ...near])], alwaysWhole: map ? [map.key] : [],
    });
  }
}
