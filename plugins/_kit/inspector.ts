/** Pieces of the inspector, in its order: what it is, key figures, the picture, the details, actions. */
import {html, nothing, type TemplateResult} from 'lit/html.js';
import {keyed} from 'lit/directives/keyed.js';
import {vars} from './dom';
import {icon} from './icons';

export interface InspectorHead {
  readonly title: string;
  readonly isMono?: boolean;
  readonly subtitle?: string | TemplateResult;
  /** CSS colour of the swatch. */
  readonly colour?: string;
  /** Of the swatch: solid worked, hatched waited, crossed waited for nobody knows what. */
  readonly texture?: 'hatched' | 'crossed';
}

export function inspectorHead(head: InspectorHead): TemplateResult {
  return html`<header class="inspector-head">
    ${head.colour ? html`<i class="swatch ${head.texture ?? ''}" ${vars({'--c': head.colour})}></i>` : nothing}
    <div>${title(head)}${head.subtitle ? html`<p>${head.subtitle}</p>` : nothing}</div>
  </header>`;
}

/** From this length on a name shows its first lines only, until all of it is asked for. */
const LONG_CHARACTERS = 140;

function title(head: InspectorHead): TemplateResult {
  const kind = head.isMono ? 'mono' : '';
  if (head.title.length < LONG_CHARACTERS) return html`<h2 class=${kind}>${head.title}</h2>`;
  return html`${keyed(head.title, html`<h2 class="${kind} cut-short">${head.title}</h2>`)}
    <div class="name-actions">
      ${keyed(head.title, html`<button type="button" aria-expanded="false" @click=${toggleWhole}>Show the whole name</button>`)}
      <button type="button" @click=${(event: Event) => void copy(event, head.title)}>${icon('copy')}<span>Copy it</span></button></div>`;
}

function toggleWhole(event: Event): void {
  const button = event.currentTarget as HTMLElement;
  const isWhole = button.closest('.inspector-head')?.querySelector('h2')?.classList.toggle('cut-short') === false;
  button.setAttribute('aria-expanded', String(isWhole));
  button.textContent = isWhole ? 'Show less' : 'Show the whole name';
}

const COPIED_MS = 2000;

async function copy(event: Event, text: string): Promise<void> {
  const words = (event.currentTarget as HTMLElement).querySelector('span');
  if (!words) return;
  try {
    await navigator.clipboard.writeText(text);
    words.textContent = 'Copied';
  } catch {
    words.textContent = 'Not permitted: select the text';
  }
  setTimeout(() => (words.textContent = 'Copy it'), COPIED_MS);
}

export function inspectorPart(title: string, content: TemplateResult): TemplateResult {
  return html`<section class="inspector-part"><h3>${title}</h3>${content}</section>`;
}

export type Fact = readonly [name: string, value: string | TemplateResult] | undefined;

/** Names and values, one a line. */
export function facts(list: readonly Fact[]): TemplateResult {
  return html`<dl class="facts">${list.map((fact) => fact && html`<dt>${fact[0]}</dt><dd>${fact[1]}</dd>`)}</dl>`;
}
