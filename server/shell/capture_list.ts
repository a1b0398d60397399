/** The list at the left: the captures under the logdir, newest first, with a filter. */
import {html, nothing, type TemplateResult} from 'lit/html.js';
import {aboutDuration, dateTime, fileSize, integer, plural, timeOfDay} from '../../plugins/_kit/format';
import {icon} from '../../plugins/_kit/icons';
import type {CaptureInfo} from '../../plugins/_kit/panel';
import type {Catalogue} from './capture_source';
import {edgeHandle, listEdge} from './edge';
import {STATE_WORDS} from './top_bar';

export interface ListView {
  readonly catalogue: Catalogue | undefined;
  readonly selected: CaptureInfo | undefined;
  readonly filter: string;
  readonly isDrawer: boolean;
  href(capture: CaptureInfo): string;
  choose(capture: CaptureInfo): void;
  setFilter(text: string): void;
  fold(): void;
}

/** More rows than this are reached by the filter. */
const MOST_ROWS = 400;
const FILE_TAIL = 12;
const KNOWN_ENDINGS = /(\.pt\.trace)?(\.tbtrace|\.tbsamples|\.json)(\.gz)?$/;

/** What tells a capture from the others: its run, else its session, else its file. */
export function captureTitle(capture: CaptureInfo): string {
  return capture.run || capture.session || baseName(capture.file);
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function matchingCaptures(captures: readonly CaptureInfo[], filter: string): readonly CaptureInfo[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return captures;
  return captures.filter((capture) => {
    const text = `${capture.run} ${capture.session} ${capture.file} ${capture.state} ${place(capture).join(' ')}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export function captureList(view: ListView): TemplateResult {
  const all = view.catalogue?.captures ?? [];
  const found = matchingCaptures(all, view.filter);
  const names = tellingNames(all);
  return html`<nav class=${view.isDrawer ? 'list drawer' : 'list'} aria-label="Captures">
    <div class="list-head"><h2>Captures</h2>
      <button class="icon-button" type="button" aria-label="Hide the list" title="Hide the list ([)" @click=${view.fold}>${icon('panel')}</button>
    </div>
    <label class="field">${icon('search')}
      <input type="search" class="capture-filter" placeholder="Filter captures" aria-label="Filter captures" .value=${view.filter}
        @input=${(event: Event) => view.setFilter((event.target as HTMLInputElement).value)}
        @keydown=${(event: KeyboardEvent) => filterKey(event, view, found)}>
      <kbd>R</kbd></label>
    <div class="list-rows" role="listbox" aria-label="Captures" @keydown=${moveFocus}>
      ${found.slice(0, MOST_ROWS).map((capture) => row(capture, view, found, names.get(capture.id)))}
    </div>
    ${notes(view, all.length, found.length)} ${problems(view.catalogue?.problems ?? [])}
    ${edgeHandle(listEdge)}
  </nav>`;
}

function row(capture: CaptureInfo, view: ListView, shown: readonly CaptureInfo[], file: string | undefined): TemplateResult {
  const isSelected = capture.id === view.selected?.id;
  const canFocus = isSelected || (capture === shown[0] && !shown.some((other) => other.id === view.selected?.id));
  const lost = capture.facts?.lost ? `${plural(capture.facts.lost, 'event')} lost` : '';
  const begun = capture.startUnixMs ? `begun ${dateTime(capture.startUnixMs)}` : '';
  const title = [capture.file, fileSize(capture.sizeBytes), begun, lost, capture.stateDetail].filter(Boolean).join('\n');
  return html`<a class="capture" role="option" href=${view.href(capture)} title=${title}
    aria-selected=${isSelected ? 'true' : 'false'} tabindex=${canFocus ? 0 : -1}
    @click=${(event: MouseEvent) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab, as for any link
      event.preventDefault();
      view.choose(capture);
    }}>
    <span class="clip">${captureTitle(capture)}</span>
    ${file === undefined ? nothing : fileLine(file)}
    <span class="small"><span class="about">${[when(capture), ...extent(capture)].map((part, i) => html`<span>${i > 0 ? ' · ' : ''}${part}</span>`)}</span>${stateWord(capture)}</span>
  </a>`;
}

/** For captures of one title, what tells them apart: the file, or its session and the file. */
function tellingNames(captures: readonly CaptureInfo[]): ReadonlyMap<string, string> {
  const groups = new Map<string, CaptureInfo[]>();
  for (const capture of captures) {
    const title = captureTitle(capture);
    const group = groups.get(title);
    if (group) group.push(capture);
    else groups.set(title, [capture]);
  }
  const names = new Map<string, string>();
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    const files = new Set(group.map(({file}) => baseName(file)));
    for (const {id, file, session} of group) {
      const name = baseName(file).replace(KNOWN_ENDINGS, '');
      names.set(id, files.size === group.length || !session ? name : `${session}/${name}`);
    }
  }
  return names;
}

/** Its end, where numbers of ranks and processes stand, is never cut. */
function fileLine(file: string): TemplateResult {
  const cut = Math.max(0, file.length - FILE_TAIL);
  return html`<span class="small file"><span class="clip">${file.slice(0, cut)}</span><span>${file.slice(cut)}</span></span>`;
}

/** Which process of a distributed job it is. */
function place({rank, worldSize}: CaptureInfo): string[] {
  if (rank === undefined) return [];
  return [worldSize === undefined ? `rank ${rank}` : `rank ${rank} of ${worldSize}`];
}

/** What is in it; where the file does not say that before it is opened, how large it is. */
function extent(capture: CaptureInfo): string[] {
  const {facts, sizeBytes} = capture;
  if (!facts) return [...place(capture), fileSize(sizeBytes)];
  return [...place(capture), facts.steps > 0 ? plural(facts.steps, 'step') : plural(facts.slices, 'slice'), aboutDuration(facts.durationNs)];
}

/** When it began; where that is not known, when the file was last written. */
function when(capture: CaptureInfo): string {
  if (capture.startUnixMs) return moment(capture.startUnixMs);
  return capture.modifiedMs ? `changed ${moment(capture.modifiedMs)}` : baseName(capture.file);
}

function moment(unix_ms: number): string {
  const date = new Date(unix_ms);
  const day = date.toLocaleDateString('en-GB', {day: 'numeric', month: 'short'});
  const year = date.getFullYear() === new Date().getFullYear() ? '' : ` ${date.getFullYear()}`;
  return `${day}${year} ${year ? '' : timeOfDay(unix_ms)}`.trimEnd();
}

function stateWord(capture: CaptureInfo): TemplateResult | typeof nothing {
  if (capture.state === 'finished') return nothing;
  return html`<span class="word ${capture.state}">${STATE_WORDS[capture.state]}</span>`;
}

function notes(view: ListView, all: number, found: number): TemplateResult | typeof nothing {
  if (all > 0 && found === 0) {
    return html`<p class="list-note">No capture matches. ${plural(all, 'is hidden', 'are hidden')} by the filter.
      <button type="button" @click=${() => view.setFilter('')}>Clear the filter</button></p>`;
  }
  if (found > MOST_ROWS) return html`<p class="list-note">+ ${integer(found - MOST_ROWS)} older ones: filter to find them.</p>`;
  return nothing;
}

function problems(list: readonly string[]): TemplateResult | typeof nothing {
  if (list.length === 0) return nothing;
  return html`<details class="list-foot"><summary>Not everything here could be read.</summary>
    <ul>${list.slice(0, 50).map((text) => html`<li>${text}</li>`)}</ul></details>`;
}

function filterKey(event: KeyboardEvent, view: ListView, found: readonly CaptureInfo[]): void {
  const input = event.target as HTMLInputElement;
  if (event.key === 'Escape') {
    if (view.filter) view.setFilter('');
    else input.blur();
    event.stopPropagation();
  } else if (event.key === 'Enter' && found[0]) {
    view.choose(found[0]);
  } else if (event.key === 'ArrowDown') {
    input.closest('nav')?.querySelector<HTMLElement>('.capture')?.focus();
    event.preventDefault();
  }
}

function moveFocus(event: KeyboardEvent): void {
  const rows = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('.capture')];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const moves: Record<string, number> = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1};
  const to = moves[event.key];
  if (event.key === ' ' && at >= 0) rows[at]?.click();
  else if (to === undefined) return;
  else rows[Math.min(rows.length - 1, Math.max(0, to))]?.focus();
  event.preventDefault();
  event.stopPropagation();
}

export function captureRail(name: string, open: () => void, whenInspecting: boolean): TemplateResult {
  return html`<nav class=${whenInspecting ? 'rail rail-when-inspecting' : 'rail'} aria-label="Captures, hidden">
    <button class="icon-button" type="button" aria-label="Show the list" title="Show the list ([)" @click=${open}>${icon('panel')}</button>
    <span class="stacked-name">${name}</span>
  </nav>`;
}
