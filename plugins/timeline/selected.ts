/**
 * What is selected in the timeline: a step, a slice or a gap with its details, or a range. It lives
 * in the address, one entry of the history for each; this keeps what the server said about it.
 */
import {DataError, type DataClient} from '../_kit/data_client';
import type {PanelHost} from '../_kit/panel';
import {formatSelected, type Selected as Address} from '../_kit/selection';
import type {GapJson, ShortSlice, SliceJson, StepJson} from './answers';
import {shortTime} from './time_axis';

export type Selected =
  | {readonly kind: 'slice'; readonly slice: SliceJson}
  | {readonly kind: 'step'; readonly step: StepJson}
  | {readonly kind: 'gap'; readonly device: number; readonly gap: GapJson}
  | {readonly kind: 'span'; readonly from_ns: number; readonly until_ns: number};

export type Way = 'next' | 'previous' | 'up' | 'down' | 'next_alike' | 'previous_alike';

/** The selection or its details changed. `reveal`: it may lie outside the view. */
export type SelectedChange = (reveal: boolean) => void;

interface Found {
  readonly value: Selected;
  readonly address: Address;
}

const ROUTE = 'plugin/timeline/';

export class SelectedThing {
  value: Selected | undefined;
  /** What the address names but the capture does not have. */
  error: string | undefined;
  private applied = '';
  private generation = 0;

  constructor(
    private readonly host: PanelHost,
    private readonly changed: SelectedChange,
  ) {}

  /** Follows the address: back, forward, a link from another page. */
  follow(reveal: boolean): void {
    const address = this.host.selection.value;
    const text = this.textOf(address);
    if (text === this.applied) return;
    this.applied = text;
    void this.load(async () => {
      const found = address && (await this.fetch(address));
      return () => this.set(found?.value, reveal);
    });
  }

  select(id: number): void {
    void this.load(async () => this.putter(await this.fetchSlice('slice', {id}), false));
  }

  selectStep(index: number, reveal: boolean): void {
    void this.load(async () => this.putter(await this.fetchStep({index}), reveal));
  }

  selectGap(device: number, number: number, reveal: boolean): void {
    void this.load(async () => this.putter(await this.fetchGap(device, number), reveal));
  }

  selectRange(from_ns: number, until_ns: number, done: boolean): void {
    const value = {kind: 'span', from_ns, until_ns} as const;
    this.generation++;
    if (done) this.put({value, address: value}, false);
    else this.set(value, false);
  }

  /** Shows a slice that somebody else found. */
  show(slice: SliceJson): void {
    this.generation++;
    this.put({value: {kind: 'slice', slice}, address: {kind: 'slice', id: slice.id}}, true);
  }

  clear(): void {
    this.host.selection.clear();
  }

  /** Another version of the capture numbers its slices anew, and its last step goes on: finds the same again. */
  findAgain(): void {
    const {value} = this;
    if (value?.kind !== 'slice' && value?.kind !== 'step') return;
    void this.load(async () => {
      const found = value.kind === 'slice'
        ? await this.fetchSlice('find', {track: value.slice.track, start_ns: value.slice.start_ns, name: value.slice.name})
        : await this.fetchStep({number: value.step.number, start_ns: value.step.start_ns});
      return () => found && this.put(found, false, {push: false});
    });
  }

  /** Goes on from what is selected; says so where there is nothing that way. false: nothing to go on from. */
  walk(way: Way): boolean {
    const {value} = this;
    const by = way.startsWith('next') ? 1 : way.startsWith('previous') ? -1 : 0;
    if (value?.kind === 'slice') {
      void this.load(async () => this.putter(await this.fetchSlice('neighbour', {id: value.slice.id, way}), true));
    } else if (value?.kind === 'step' && by !== 0) {
      const index = value.step.index + by;
      if (index < 0 || index >= value.step.step_count) this.sayEnd();
      else this.selectStep(index, true);
    } else if (value?.kind === 'gap' && by !== 0) {
      const number = value.gap.number + by;
      if (number < 0 || number >= value.gap.gap_count) this.sayEnd();
      else this.selectGap(value.device, number, true);
    } else {
      return false;
    }
    return true;
  }

  /** The selection in words, for a screen reader. */
  sentence(): string {
    const {value} = this;
    if (value?.kind === 'slice') return `${value.slice.name}, ${shortTime(value.slice.duration_ns)}, ${value.slice.group_title} ${value.slice.track_title}`;
    if (value?.kind === 'step') return `Step ${value.step.number}, ${shortTime(value.step.duration_ns)}`;
    if (value?.kind === 'gap') return `Idle gap, ${shortTime(value.gap.duration_ns)}, GPU ${value.device}`;
    if (value?.kind === 'span') return `Range of ${shortTime(value.until_ns - value.from_ns)}`;
    return this.error ?? 'Nothing selected';
  }

  span(): {from_ns: number; until_ns: number} | undefined {
    const {value} = this;
    if (!value) return undefined;
    if (value.kind === 'span') return {from_ns: value.from_ns, until_ns: value.until_ns};
    const {start_ns, duration_ns} = value.kind === 'slice' ? value.slice : value.kind === 'gap' ? value.gap : value.step;
    return {from_ns: start_ns, until_ns: start_ns + duration_ns};
  }

  /** In which the selection lies, or which it is. */
  step(): StepJson | null {
    const {value} = this;
    if (value?.kind === 'step') return value.step;
    if (value?.kind === 'slice') return value.slice.step;
    return value?.kind === 'gap' ? value.gap.step : null;
  }

  /** From launch to kernel, of the selected slice. */
  flows(): {from: ShortSlice; to: ShortSlice}[] {
    const {value} = this;
    if (value?.kind === 'gap') {
      const {launch_after: from, work_after: to} = value.gap;
      return from && to ? [{from, to}] : [];
    }
    if (value?.kind !== 'slice') return [];
    const {slice} = value;
    return [...slice.launches.map((to) => ({from: slice, to})), ...slice.launched_by.map((from) => ({from, to: slice}))];
  }

  private async fetch(address: Address): Promise<Found | undefined> {
    if (address.kind === 'slice') return this.fetchSlice('slice', {id: address.id});
    if (address.kind === 'step') return this.fetchStep({number: address.number, start_ns: address.start_ns});
    if (address.kind === 'gap') return this.fetchGap(address.device, address.number);
    return address.kind === 'span' ? {value: address, address} : undefined;
  }

  private async fetchSlice(route: 'slice' | 'find' | 'neighbour', params: Readonly<Record<string, string | number>>): Promise<Found | undefined> {
    const slice = await this.ask<SliceJson | null>(route, params);
    return slice ? {value: {kind: 'slice', slice}, address: {kind: 'slice', id: slice.id}} : undefined;
  }

  private async fetchStep(params: Readonly<Record<string, number | undefined>>): Promise<Found> {
    const step = await this.ask<StepJson>('step', params);
    return {value: {kind: 'step', step}, address: {kind: 'step', number: step.number, start_ns: step.start_ns}};
  }

  private async fetchGap(device: number, number: number): Promise<Found> {
    const gap = await this.ask<GapJson>('gap', {device, number});
    return {value: {kind: 'gap', device, gap}, address: {kind: 'gap', device, number}};
  }

  private ask<T>(route: string, params: Readonly<Record<string, string | number | undefined>>): Promise<T> {
    const client: DataClient = this.host.client;
    return client.json<T>(`${ROUTE}${route}`, {capture: this.host.capture?.id, ...params}, this.host.capture?.version ?? '');
  }

  private sayEnd(): void {
    this.host.announce('Nothing further that way.');
  }

  private putter(found: Found | undefined, reveal: boolean): () => void {
    return () => (found ? this.put(found, reveal) : this.sayEnd());
  }

  /** Only the answer to the last question counts. */
  private async load(act: () => Promise<() => void>): Promise<void> {
    const generation = ++this.generation;
    try {
      const then = await act();
      if (generation === this.generation) then();
    } catch (reason) {
      if (generation !== this.generation) return;
      this.set(undefined, false, reason instanceof DataError ? reason.message : String(reason));
    }
  }

  private put({value, address}: Found, reveal: boolean, options = {push: true}): void {
    this.applied = this.textOf(address);
    this.host.selection.set(address, options);
    this.set(value, reveal);
  }

  private set(value: Selected | undefined, reveal: boolean, error?: string): void {
    this.value = value;
    this.error = error;
    this.changed(reveal);
  }

  /** With the capture: the same number means another slice there. */
  private textOf(address: Address | undefined): string {
    return address ? `${this.host.capture?.id ?? ''} ${formatSelected(address)}` : '';
  }
}
