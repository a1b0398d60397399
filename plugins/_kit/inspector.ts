/** Pieces of the inspector, in its order: what it is, key figures, the picture, the details, actions. */
import {html, nothing, type TemplateResult} from 'lit/html.js';
import {vars} from './dom';

export interface InspectorHead {
  readonly title: string;
  readonly isMono?: boolean;
  readonly subtitle?: string | TemplateResult;
  /** CSS colour of the swatch. */
  readonly colour?: string;
}

export function inspectorHead(head: InspectorHead): TemplateResult {
  return html`<header class="inspector-head">
    ${head.colour ? html`<i class="swatch" ${vars({'--c': head.colour})}></i>` : nothing}
    <div><h2 class=${head.isMono ? 'mono' : ''}>${head.title}</h2>${head.subtitle ? html`<p>${head.subtitle}</p>` : nothing}</div>
  </header>`;
}

export function inspectorPart(title: string, content: TemplateResult): TemplateResult {
  return html`<section class="inspector-part"><h3>${title}</h3>${content}</section>`;
}

export type Fact = readonly [name: string, value: string | TemplateResult] | undefined;

/** Names and values, one a line. */
export function facts(list: readonly Fact[]): TemplateResult {
  return html`<dl class="facts">${list.map((fact) => fact && html`<dt>${fact[0]}</dt><dd>${fact[1]}</dd>`)}</dl>`;
}
