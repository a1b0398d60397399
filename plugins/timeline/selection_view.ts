/** What a selection does to the page: the inspector tells it, the view and the rows bring it in sight. */
import {html, nothing, render, type TemplateResult} from 'lit/html.js';
import type {PanelHost} from '../_kit/panel';
import {formatSelected} from '../_kit/selection';
import type {ShortSlice} from './answers';
import {type DetailActions, gapDetails, sliceDetails} from './details';
import type {Folding} from './folding';
import type {SelectedThing} from './selected';
import {stepDetails} from './step_details';
import type {View} from './view';
import type {ViewAddress} from './view_address';

const FRAME_AGAIN_MS = 1200;
const STEP_ROOM = 0.02;

export interface SelectionPlace {
  readonly host: PanelHost;
  readonly view: View;
  readonly address: ViewAddress;
  readonly folding: Folding;
  readonly selected: SelectedThing;
}

export class SelectionView {
  private readonly inspector = document.createElement('div');
  private framed_ms = -Infinity;

  constructor(private readonly place: SelectionPlace) {}

  changed(reveal: boolean): void {
    const {host, selected, address} = this.place;
    if (reveal) this.reveal();
    address.isFresh = false;
    const content = this.content();
    render(content, this.inspector);
    host.inspect(content === nothing ? undefined : this.inspector);
    if (selected.value || selected.error) host.announce(selected.sentence());
  }

  /** F: the selection; once more: its step. */
  frame(): void {
    const {selected, view} = this.place;
    const span = selected.span();
    if (!span) return;
    const step = selected.step();
    if (step && performance.now() - this.framed_ms < FRAME_AGAIN_MS) {
      view.frame(step.start_ns, step.start_ns + step.duration_ns, STEP_ROOM);
      this.framed_ms = -Infinity;
      return;
    }
    this.framed_ms = performance.now();
    view.frame(span.from_ns, span.until_ns);
  }

  /** A selection that came with the address or by a key may lie anywhere. */
  private reveal(): void {
    const {selected, view, address, folding} = this.place;
    const {value} = selected;
    const span = selected.span();
    if (!span || !value || value.kind === 'span') return;
    const room = value.kind === 'step' ? STEP_ROOM : 1;
    if (view.isFull && address.isFresh) view.frame(span.from_ns, span.until_ns, room);
    else view.reveal(span.from_ns, span.until_ns);
    if (value.kind === 'slice') folding.reveal(value.slice.track, value.slice.depth);
    else if (value.kind === 'gap') folding.reveal(`idle${value.device}`, 0);
  }

  private content(): TemplateResult | typeof nothing {
    const {value, error} = this.place.selected;
    if (error) return html`<section class="state" role="alert"><h2>The selection is not here.</h2><p>${error}</p></section>`;
    if (value?.kind === 'slice') return sliceDetails(value.slice, this.actions());
    if (value?.kind === 'step') return stepDetails(value.step, this.actions());
    return value?.kind === 'gap' ? gapDetails(value.gap, `GPU ${value.device}`, this.actions()) : nothing;
  }

  private actions(): DetailActions {
    const {host, selected} = this.place;
    return {
      jump: (slice) => this.jump(slice),
      selectStep: (step) => selected.selectStep(step.index, true),
      frame: () => this.frame(),
      walk: (way) => selected.walk(way),
      href: (slice) => host.href('timeline', {sel: formatSelected({kind: 'slice', id: slice.id}), from: host.url.get('from') ?? '', to: host.url.get('to') ?? ''}),
    };
  }

  /** Selects the other end of a link and shows both ends if they fit. */
  private jump(slice: ShortSlice): void {
    const {selected, view, folding} = this.place;
    const span = selected.span();
    const from = Math.min(span?.from_ns ?? slice.start_ns, slice.start_ns);
    const to = Math.max(span?.until_ns ?? 0, slice.start_ns + slice.duration_ns);
    selected.select(slice.id);
    if (to - from <= view.length_ns * 0.9) view.reveal(from, to);
    else view.reveal(slice.start_ns, slice.start_ns + slice.duration_ns);
    folding.reveal(slice.track, slice.depth);
  }
}
