/** The steps as a table: what the chart draws, for who cannot or would not read a chart. */
import {html, type TemplateResult} from 'lit/html.js';
import * as format from '../_kit/format';
import type {Selected} from '../_kit/selection';
import {usedPartLooks} from './part_look';
import type {Report, Step} from './report';

const MOST_ROWS = 2000;

export function stepTable(report: Report, selected: Selected | undefined, choose: (step: Step) => void): TemplateResult {
  const {list, median_ns} = report.steps;
  const looks = usedPartLooks(report);
  // One digit more than the figures have, by what is usual: a slow step must not cost the others theirs.
  const usual = format.durationScale(median_ns || list[0]?.duration_ns || 0);
  const scale = {...usual, places: usual.unit === 'ns' ? 0 : usual.places + 1};
  const isSelected = (step: Step): boolean =>
    selected?.kind === 'step' && selected.number === step.number && (selected.start_ns ?? step.start_ns) === step.start_ns;
  return html`<div class="step-table" tabindex="0" role="region" aria-label="Steps as a table"><table class="table">
    <thead><tr><th scope="col" class="number">Step</th><th scope="col" class="number">Time, ${scale.unit}</th>
      ${looks.map(({label}) => html`<th scope="col" class="number">${label}</th>`)}<th scope="col">State</th></tr></thead>
    <tbody>${list.slice(0, MOST_ROWS).map((step) => html`<tr aria-selected=${String(isSelected(step))} @click=${() => choose(step)}>
      <td class="number"><button class="step-number" type="button" aria-label=${`Step ${step.number}`}>${step.number}</button></td><td class="number">${format.scaled(step.duration_ns, scale)}</td>
      ${looks.map(({key}) => html`<td class="number">${format.scaled(step.parts[key] ?? 0, scale)}</td>`)}
      <td>${step.complete ? 'complete' : 'not complete'}</td></tr>`)}</tbody></table>
    ${list.length > MOST_ROWS ? html`<p class="small faint">The first ${format.integer(MOST_ROWS)} of ${format.integer(list.length)} steps.</p>` : ''}</div>`;
}
