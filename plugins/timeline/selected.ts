/**
 * What is selected in the timeline: a slice or a gap with its details, or a range. It lives in the
 * address; this keeps what the server said about it.
 */
import type {DataClient} from '../_kit/data_client';
import type {PanelHost} from '../_kit/panel';
import {formatSelected} from '../_kit/selection';
import type {GapJson, ShortSlice, SliceJson, StepJson} from './answers';
import {shortTime} from './time_axis';

export type Selected =
  | {readonly kind: 'slice'; readonly slice: SliceJson}
  | {readonly kind: 'gap'; readonly device: number; readonly gap: GapJson}
  | {readonly kind: 'span'; readonly from_ns: number; readonly until_ns: number};

export type Way = 'next' | 'previous' | 'up' | 'down' | 'next_alike' | 'previous_alike';

export interface SelectedEvents {
  /** The selection or its details changed. `arrived`: it came from an address, not from a hand. */
  changed(arrived: boolean): void;
  frameStep(step: StepJson): void;
}

const ROUTE = 'plugin/timeline/';

export class SelectedThing {
  value: Selected | undefined;
  error: string | undefined;
  private applied = '';
  private generation = 0;

  constructor(
    private readonly host: PanelHost,
    private readonly events: SelectedEvents,
  ) {}

  /** Follows the address: back, forward, a link from another page. */
  follow(): void {
    const text = this.text();
    if (text === this.applied) return;
    this.applied = text;
    const selected = this.host.selection.value;
    const gap = this.host.url.get('gap');
    if (selected?.kind === 'span' && gap !== undefined) void this.loadGap(gap, true);
    else if (selected?.kind === 'slice') void this.loadSlice(selected.id, true);
    else if (selected?.kind === 'step') void this.loadStep(selected.number);
    else if (selected?.kind === 'span') this.set({kind: 'span', from_ns: selected.from_ns, until_ns: selected.until_ns}, true);
    else this.set(undefined, true);
  }

  /** Another version of the capture may number its slices anew: finds the same one again. */
  async findAgain(): Promise<void> {
    if (this.value?.kind !== 'slice') return;
    const {slice} = this.value;
    await this.load(async (client) => {
      const found = await client.json<SliceJson | null>(`${ROUTE}find`, this.params({track: slice.track, start_ns: slice.start_ns, name: slice.name}), this.version);
      if (found) this.put({kind: 'slice', slice: found}, {kind: 'slice', id: found.id});
    });
  }

  select(id: number): void {
    void this.load(async (client) => {
      const slice = await client.json<SliceJson>(`${ROUTE}slice`, this.params({id}), this.version);
      this.put({kind: 'slice', slice}, {kind: 'slice', id});
    });
  }

  selectGap(device: number, number: number): void {
    void this.loadGap(`${device}.${number}`, false);
  }

  selectRange(from_ns: number, until_ns: number, done: boolean): void {
    if (done) this.put({kind: 'span', from_ns, until_ns}, {kind: 'span', from_ns, until_ns});
    else this.set({kind: 'span', from_ns, until_ns}, false);
  }

  clear(): void {
    this.host.url.set({gap: undefined});
    this.host.selection.clear();
  }

  /** Goes on from the selected slice; says so where there is nothing that way. */
  async walk(way: Way): Promise<void> {
    if (this.value?.kind !== 'slice') return;
    const {id} = this.value.slice;
    await this.load(async (client) => {
      const slice = await client.json<SliceJson | null>(`${ROUTE}neighbour`, this.params({id, way}), this.version);
      if (slice) this.put({kind: 'slice', slice}, {kind: 'slice', id: slice.id}, true);
      else this.host.announce('Nothing further that way.');
    });
  }

  walkGap(by: number): void {
    if (this.value?.kind !== 'gap') return;
    const {device, gap} = this.value;
    const number = gap.number + by;
    if (number >= 0 && number < gap.gap_count) void this.loadGap(`${device}.${number}`, true);
  }

  /** The selection in words, for a screen reader. */
  sentence(): string {
    const {value} = this;
    if (value?.kind === 'slice') return `${value.slice.name}, ${shortTime(value.slice.duration_ns)}, ${value.slice.group_title} ${value.slice.track_title}`;
    if (value?.kind === 'gap') return `Idle gap, ${shortTime(value.gap.duration_ns)}, GPU ${value.device}`;
    if (value?.kind === 'span') return `Range of ${shortTime(value.until_ns - value.from_ns)}`;
    return 'Nothing selected';
  }

  span(): {from_ns: number; until_ns: number} | undefined {
    const {value} = this;
    if (value?.kind === 'slice') return {from_ns: value.slice.start_ns, until_ns: value.slice.start_ns + value.slice.duration_ns};
    if (value?.kind === 'gap') return {from_ns: value.gap.start_ns, until_ns: value.gap.start_ns + value.gap.duration_ns};
    if (value?.kind === 'span') return {from_ns: value.from_ns, until_ns: value.until_ns};
    return undefined;
  }

  step(): StepJson | null {
    const {value} = this;
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

  private get version(): string {
    return this.host.capture?.version ?? '';
  }

  private params(more: Readonly<Record<string, string | number>>): Record<string, string | number | undefined> {
    return {capture: this.host.capture?.id, ...more};
  }

  private async loadSlice(id: number, arrived: boolean): Promise<void> {
    await this.load(async (client) => {
      const slice = await client.json<SliceJson>(`${ROUTE}slice`, this.params({id}), this.version);
      return () => this.set({kind: 'slice', slice}, arrived);
    });
  }

  private async loadStep(number: number): Promise<void> {
    await this.load(async (client) => {
      const step = await client.json<StepJson>(`${ROUTE}step`, this.params({number}), this.version);
      return () => {
        this.set(undefined, false);
        this.events.frameStep(step);
      };
    });
  }

  private async loadGap(text: string, arrived: boolean): Promise<void> {
    const [device = 0, number = 0] = text.split('.').map(Number);
    await this.load(async (client) => {
      const gap = await client.json<GapJson>(`${ROUTE}gap`, this.params({device, number}), this.version);
      const span = {kind: 'span' as const, from_ns: gap.start_ns, until_ns: gap.start_ns + gap.duration_ns};
      return () => this.put({kind: 'gap', device, gap}, span, arrived, text);
    });
  }

  /** Only the answer to the last question counts. */
  private async load(act: (client: DataClient) => Promise<void | (() => void)>): Promise<void> {
    const generation = ++this.generation;
    try {
      const then = await act(this.host.client);
      if (generation === this.generation) then?.();
      this.error = undefined;
    } catch (reason) {
      if (generation !== this.generation) return;
      this.error = reason instanceof Error ? reason.message : String(reason);
      this.set(undefined, false);
    }
  }

  private put(value: Selected, selection: Parameters<PanelHost['selection']['set']>[0], arrived = false, gap?: string): void {
    this.applied = `${selection ? formatSelected(selection) : ''} ${gap ?? ''}`;
    this.host.url.set({gap});
    if (selection && (this.host.selection.value === undefined || formatSelected(this.host.selection.value) !== formatSelected(selection))) {
      this.host.selection.set(selection);
    }
    this.set(value, arrived);
  }

  private set(value: Selected | undefined, arrived: boolean): void {
    this.value = value;
    this.events.changed(arrived);
  }

  private text(): string {
    const {value} = this.host.selection;
    return `${value ? formatSelected(value) : ''} ${(value && this.host.url.get('gap')) ?? ''}`;
  }
}
