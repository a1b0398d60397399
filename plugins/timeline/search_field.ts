/** Finds slices by a part of their name: Enter goes to the next, Shift and Enter to the one before. */
import {html, render} from 'lit/html.js';
import {count, integer} from '../_kit/format';
import {icon} from '../_kit/icons';
import type {PanelHost} from '../_kit/panel';
import type {SearchJson} from './answers';
import type {SelectedThing} from './selected';
import type {View} from './view';

const COUNT_AFTER_MS = 200;
const LONGEST_TEXT = 90;

export class SearchField {
  private words = '';
  private generation = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly node: HTMLElement,
    private readonly host: PanelHost,
    private readonly selected: SelectedThing,
    private readonly view: View,
  ) {
    this.draw();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.generation++;
  }

  private draw(): void {
    render(html`<label class="field">${icon('search')}
        <input type="search" data-search placeholder="Find a slice by name" aria-label="Find a slice by name" maxlength=${LONGEST_TEXT}
          title="Enter: the next. Shift and Enter: the one before." @input=${() => this.typed()} @keydown=${(event: KeyboardEvent) => this.key(event)}>
        <kbd>/</kbd></label>
      <span class="found" role="status">${this.words}</span>`, this.node);
  }

  private get input(): HTMLInputElement | null {
    return this.node.querySelector('input');
  }

  private typed(): void {
    clearTimeout(this.timer);
    this.generation++;
    this.say('');
    if (this.input?.value) this.timer = setTimeout(() => void this.search('next', false), COUNT_AFTER_MS);
  }

  private key(event: KeyboardEvent): void {
    if (event.key === 'Enter') {
      clearTimeout(this.timer);
      if (this.input?.value) void this.search(event.shiftKey ? 'previous' : 'next', true);
    } else if (event.key === 'Escape') {
      if (this.input?.value) {
        this.input.value = '';
        this.typed();
      } else {
        this.input?.blur();
      }
      event.stopPropagation();
    } else {
      return;
    }
    event.preventDefault();
  }

  private async search(way: 'next' | 'previous', select: boolean): Promise<void> {
    const text = this.input?.value ?? '';
    const generation = ++this.generation;
    try {
      const found = await this.host.client.json<SearchJson>('plugin/timeline/search', {
        capture: this.host.capture?.id, text, way, ...this.place(),
      }, this.host.capture?.version ?? '');
      if (generation !== this.generation) return;
      if (found.count === 0) this.say('None has this');
      else if (!select || !found.slice) this.say(count(found.count));
      else {
        this.say(`${integer(found.before + 1)} of ${integer(found.count)}`);
        this.selected.show(found.slice);
      }
    } catch (reason) {
      if (generation === this.generation) this.say(reason instanceof Error ? reason.message : String(reason));
    }
  }

  /** Goes on from the selected slice, else from where the view begins. */
  private place(): {from_ns: number; from_id?: number} {
    const {value} = this.selected;
    if (value?.kind === 'slice') return {from_ns: value.slice.start_ns, from_id: value.slice.id};
    return {from_ns: Math.round(this.view.from_ns)};
  }

  private say(words: string): void {
    this.words = words;
    this.draw();
  }
}
