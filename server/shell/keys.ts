/** Keys of the frame. Single keys act only outside fields; every one has a visible control. */
import {html, type TemplateResult} from 'lit/html.js';
import type {ListedPanel} from 'tbprof:panels';
import {isPlainKey, isTyping} from '../../plugins/_kit/dom';
import {icon} from '../../plugins/_kit/icons';
import type {PanelKey} from '../../plugins/_kit/panel';

export interface KeyActions {
  readonly panels: readonly ListedPanel[];
  open(panel: ListedPanel): void;
  search(): void;
  filterCaptures(): void;
  toggleList(): void;
  toggleInspector(): void;
  toggleTheme(): void;
  showKeys(): void;
  /** Closes, then clears; false if there was nothing to do. */
  escape(): boolean;
}

const GO_TIMEOUT_MS = 1500;

export function listenForKeys(actions: KeyActions): void {
  let going_until_ms = 0;
  const single: Record<string, () => void> = {
    '/': () => actions.search(),
    '?': () => actions.showKeys(),
    r: () => actions.filterCaptures(),
    t: () => actions.toggleTheme(),
    '[': () => actions.toggleList(),
    ']': () => actions.toggleInspector(),
  };
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || document.querySelector('dialog[open]')) return;
    if (event.key === 'Escape' && !isTyping(event) && actions.escape()) {
      event.preventDefault();
      return;
    }
    if (!isPlainKey(event)) return;
    if (performance.now() < going_until_ms) {
      going_until_ms = 0;
      const panel = actions.panels.find((candidate) => candidate.key === event.key);
      if (!panel) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      actions.open(panel);
      return;
    }
    if (event.key === 'g') {
      going_until_ms = performance.now() + GO_TIMEOUT_MS;
      return;
    }
    const act = event.shiftKey && event.key !== '?' ? undefined : single[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }, {capture: true});
}

const FRAME_KEYS: readonly PanelKey[] = [
  {keys: '?', does: 'all keys'},
  {keys: '/', does: 'search or filter this page'},
  {keys: 'R', does: 'filter captures'},
  {keys: '[', does: 'list'},
  {keys: ']', does: 'inspector'},
  {keys: 'T', does: 'light or dark'},
  {keys: 'Esc', does: 'close, then clear'},
];

export function keysDialog(panels: readonly ListedPanel[], title: string | undefined, own: readonly PanelKey[]): TemplateResult {
  const pages = panels.filter((panel) => panel.key)
    .map((panel) => ({keys: `G ${panel.key?.toUpperCase() ?? ''}`, does: panel.title}));
  const close = (event: Event): void => (event.currentTarget as HTMLElement).closest('dialog')?.close();
  return html`<dialog class="keys" aria-labelledby="keys-title"
      @click=${(event: Event) => event.target === event.currentTarget && (event.target as HTMLDialogElement).close()}>
    <header><h2 id="keys-title">Keys</h2>
      <button class="icon-button" type="button" aria-label="Close" @click=${close}>${icon('close')}</button></header>
    ${keyTable(FRAME_KEYS)}
    <h3>Pages</h3>${keyTable(pages)}
    ${own.length > 0 ? html`<h3>${title}</h3>${keyTable(own)}` : ''}
  </dialog>`;
}

function keyTable(keys: readonly PanelKey[]): TemplateResult {
  return html`<dl>${keys.map((key) => html`<dt>${key.keys.split(' ').map((part, i) => html`${i ? ' ' : ''}<kbd>${part}</kbd>`)}</dt><dd>${key.does}</dd>`)}</dl>`;
}
