/** The row of key figures: what, how much, and one quiet note each. */
import {html, nothing, type TemplateResult} from 'lit/html.js';

export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly unit?: string;
  readonly note?: string;
  /** The value is a reason to worry; the note says why. */
  readonly isWarning?: boolean;
}

export function figures(list: readonly (Figure | undefined)[]): TemplateResult {
  return html`<dl class="figures">${list.map((figure) => figure && html`<div data-figure=${figure.name}>
    <dt>${figure.name}</dt>
    <dd class=${figure.isWarning ? 'warn' : ''}>${figure.value}${figure.unit ? html` <span class="unit">${figure.unit}</span>` : nothing}</dd>
    ${figure.note ? html`<dd class="note" title=${figure.note}>${figure.note}</dd>` : nothing}
  </div>`)}</dl>`;
}

/** "412.0 ms" as value and unit, for numbers that format.ts made. */
export function splitUnit(text: string): {value: string; unit?: string} {
  const cut = Math.max(text.lastIndexOf('\u00a0'), text.lastIndexOf('\u202f%'));
  if (cut <= 0 || /\d$/.test(text)) return {value: text};
  return {value: text.slice(0, cut), unit: text.slice(cut + 1)};
}
