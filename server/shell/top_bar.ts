/** The bar: mark, the tabs of the dashboards that exist, connection, theme, keys. */
import {html, nothing, type TemplateResult} from 'lit/html.js';
import type {ListedPanel} from 'tbprof:panels';
import {icon} from '../../plugins/_kit/icons';
import type {CaptureInfo} from '../../plugins/_kit/panel';
import {isDark} from '../../plugins/_kit/theme';

export interface BarView {
  readonly panels: readonly ListedPanel[];
  readonly active: ListedPanel | undefined;
  readonly connection: {readonly word: string; readonly kind: 'open' | 'waiting' | 'down'; readonly detail: string};
  /** The one that a Profile page shows. */
  readonly capture: CaptureInfo | undefined;
  href(panel: ListedPanel): string;
  open(panel: ListedPanel): void;
  toggleList(): void;
  toggleTheme(): void;
  search(): void;
  showKeys(): void;
}

export const STATE_WORDS = {live: 'recording', finished: 'complete', cut: 'cut'} as const;

const GROUPS = [['metrics', 'Metrics'], ['profile', 'Profile']] as const;

export function topBar(view: BarView): TemplateResult {
  const groups = GROUPS.map(([id, name]) => ({id, name, panels: view.panels.filter((panel) => panel.group === id)}))
    .filter((group) => group.panels.length > 0);
  const current = view.active?.group ?? groups[0]?.id;
  const first = view.panels[0];
  return html`<header class="top-bar">
    ${button('panel', 'Show the list ([)', view.toggleList, 'list-button')}
    <a class="brand" href=${first ? view.href(first) : '#'} @click=${(event: MouseEvent) => follow(event, view, first)}>${mark()}tbprof</a>
    ${groups.map((group) => (group.id === current ? nothing : groupMenu(view, group.name, group.panels)))}
    ${groups.map((group) => html`<nav class=${group.id === current ? 'tabs current' : 'tabs'} aria-label=${group.name}>
      <span class="group">${group.name}</span>${group.panels.map((panel) => tab(view, panel))}</nav>`)}
    <div class="top-bar-end">
      ${view.capture ? captureState(view.capture) : nothing}
      <span class=${`connection ${view.connection.kind}${view.connection.kind === 'open' ? ' visually-hidden' : ''}`} title=${view.connection.detail}>${view.connection.word}</span>
      ${button('search', 'Search this page (/)', view.search)}
      ${button(isDark() ? 'sun' : 'moon', 'Light or dark (T)', view.toggleTheme, 'optional')}
      ${button('help', 'Keys (?)', view.showKeys, 'optional')}
    </div>
  </header>`;
}

const STATE_TITLES = {
  live: 'The program is still being recorded: new records appear by themselves',
  finished: 'The recording is whole',
  cut: 'The recording ended without being finished',
} as const;

/** What the chosen capture is: a picture alone does not tell whether it still grows. */
function captureState(capture: CaptureInfo): TemplateResult {
  return html`<span class="capture-state ${capture.state}" title=${capture.stateDetail || STATE_TITLES[capture.state]}>${STATE_WORDS[capture.state]}</span>`;
}

function tab(view: BarView, panel: ListedPanel): TemplateResult {
  const title = panel.key ? `${panel.title} (G ${panel.key.toUpperCase()})` : panel.title;
  return html`<a class="tab" href=${view.href(panel)} title=${title} aria-current=${panel === view.active ? 'page' : nothing}
    @click=${(event: MouseEvent) => follow(event, view, panel)}>${panel.title}</a>`;
}

function groupMenu(view: BarView, name: string, panels: readonly ListedPanel[]): TemplateResult {
  return html`<details class="group-menu"><summary>${name}${icon('down')}</summary>
    <div class="menu">${panels.map((panel) => html`<a href=${view.href(panel)}
      @click=${(event: MouseEvent) => follow(event, view, panel)}>${panel.title}</a>`)}</div></details>`;
}

function follow(event: MouseEvent, view: BarView, panel: ListedPanel | undefined): void {
  if (!panel || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  view.open(panel);
}

function button(name: Parameters<typeof icon>[0], label: string, act: () => void, kind = ''): TemplateResult {
  return html`<button class="icon-button ${kind}" type="button" aria-label=${label.replace(/ \(.\)$/, '')} title=${label} @click=${act}>${icon(name)}</button>`;
}

/** Solid worked, hatched waited. */
function mark(): TemplateResult {
  return html`<svg class="mark" width="22" height="14" viewBox="0 0 22 14" aria-hidden="true">
    <rect class="worked" y="1" width="7" height="12" rx="1"></rect>
    <path class="waited" d="M8.2 13 13.8 1M8.2 6.5 10.8 1M11.2 13 13.8 7.5"></path>
    <rect class="worked" x="15" y="1" width="7" height="12" rx="1"></rect>
  </svg>`;
}
