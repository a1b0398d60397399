/** What a page says instead of data: what happened, what still holds, what to do. */
import {html, nothing, type TemplateResult} from 'lit/html.js';
import type {DataError} from './data_client';

type Content = TemplateResult | string | typeof nothing;

/** Title, sentence, code to copy, actions: nothing is here, and this fills it. */
export function emptyState(title: Content, sentence: Content, code?: string, actions: Content = nothing): TemplateResult {
  return html`<section class="state"><h2>${title}</h2>
    ${code ? html`<pre>${code}</pre>` : nothing}
    <p>${sentence}</p>${actions === nothing ? nothing : html`<div class="actions">${actions}</div>`}</section>`;
}

/** The server's sentence, and a way on. */
export function errorState(title: string, error: DataError, retry: () => void): TemplateResult {
  return html`<section class="state" role="alert"><h2>${title}</h2><p>${error.message}</p>
    <div class="actions"><button class="button" type="button" @click=${retry}>Try again</button></div></section>`;
}

/** warn: some of what is shown is not whole. bad: what is shown is old or wrong. */
export function banner(kind: 'warn' | 'bad', sentence: Content, end: Content = nothing): TemplateResult {
  return html`<div class="banner ${kind}" role=${kind === 'bad' ? 'alert' : 'status'}><span>${sentence}</span>
    ${end === nothing ? nothing : html`<span class="end">${end}</span>`}</div>`;
}

/** Grey shapes where the picture will be; they show after a moment only. */
export function skeleton(heights_px: readonly number[]): TemplateResult {
  return html`<div class="skeletons" aria-busy="true" aria-label="Loading">
    ${heights_px.map((height) => html`<div class="skeleton skeleton-${height}"></div>`)}</div>`;
}
