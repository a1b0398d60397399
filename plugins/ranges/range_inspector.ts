/** The inspector of a range: its figures, its spread, what is in it, and the way to the timeline. */
import {html, nothing, type TemplateResult} from 'lit/html.js';
import {categoryLabel, categoryLook} from '../_kit/category';
import {vars} from '../_kit/dom';
import {figures, splitUnit} from '../_kit/figures';
import * as format from '../_kit/format';
import {icon} from '../_kit/icons';
import {facts, inspectorHead, inspectorPart} from '../_kit/inspector';
import type {PanelHost} from '../_kit/panel';
import type {ShownRow} from './answers';

export interface RangeContext {
  readonly host: PanelHost;
  readonly span_ns: number;
  readonly stepCount: number;
  readonly children: readonly ShownRow[];
  choose(row: ShownRow): void;
}

const MOST_CHILDREN = 8;

export function rangeInspector(row: ShownRow, context: RangeContext): TemplateResult {
  const {host} = context;
  const params: Record<string, string> = row.longest_slice === undefined ? {} : {slice: String(row.longest_slice)};
  return html`${inspectorHead({title: row.name, isMono: true, subtitle: categoryLabel(row.category), colour: categoryLook(row.shade).fill})}
    ${figures([
      {name: 'Total', ...splitUnit(format.duration(row.total_ns)), note: ofCapture(row.total_ns / Math.max(1, context.span_ns))},
      {name: 'Self', ...splitUnit(format.duration(row.self_ns)), note: `${format.percent(row.self_ns / Math.max(1, row.total_ns))} of its total`},
      {name: 'Calls', ...splitUnit(format.count(row.count)), ...(context.stepCount > 0 && row.path === undefined ? {note: `${format.fixed(row.count / context.stepCount, 1)} a step`} : {})},
    ])}
    ${inspectorPart('One call', facts([
      ['Least', format.duration(row.min_ns)],
      row.p50_ns === undefined ? undefined : ['Median', format.duration(row.p50_ns)],
      ['Mean', format.duration(row.mean_ns)],
      row.p99_ns === undefined ? undefined : ['p99', format.duration(row.p99_ns)],
      ['Most', format.duration(row.max_ns)],
    ]))}
    ${row.path && row.path.length > 1 ? inspectorPart('Within', html`<p class="range-path"><code>${row.path.slice(0, -1).map((key) => key.slice(key.indexOf(':') + 1)).join(' › ')}</code></p>`) : nothing}
    ${context.children.length > 0 ? inspectorPart('What is in it', childTable(row, context)) : nothing}
    ${host.has('timeline') ? html`<div class="actions"><a class="button primary" href=${host.href('timeline', params)}
      @click=${(event: MouseEvent) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        host.open('timeline', params);
      }}>${icon('timeline')}Longest call in timeline</a></div>` : nothing}`;
}

/** Above 100 % it wants a word. */
function ofCapture(share: number): string {
  return `${format.percent(share)} of the capture${share > 1 ? '; threads add up' : ''}`;
}

function childTable(row: ShownRow, {children, choose}: RangeContext): TemplateResult {
  const shown = children.toSorted((a, b) => b.total_ns - a.total_ns).slice(0, MOST_CHILDREN);
  const scale = format.columnScale([row.self_ns, ...shown.map((child) => child.total_ns)]);
  const line = (name: string | TemplateResult, value: number, fill: string): TemplateResult => html`<tr><td class="clip">${name}</td>
    <td class="number">${format.scaled(value, scale)}</td><td class="part-cell"><i class="bar-fill" ${vars({'--v': value / Math.max(1, row.total_ns), '--c': fill})}></i></td></tr>`;
  return html`<table class="parts"><thead><tr><th scope="col">Range</th><th scope="col" class="number">${scale.unit}</th><td></td></tr></thead><tbody>
    ${shown.map((child) => line(html`<a href="#" @click=${(event: Event) => {
      event.preventDefault();
      choose(child);
    }}>${child.name}</a>`, child.total_ns, categoryLook(child.shade).fill))}
    ${line('itself', row.self_ns, categoryLook(row.shade).fill)}</tbody></table>
    ${children.length > MOST_CHILDREN ? html`<p class="small faint">+ ${format.integer(children.length - MOST_CHILDREN)} more</p>` : nothing}`;
}
