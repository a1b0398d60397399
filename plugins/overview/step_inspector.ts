/** The inspector of a step: how long, against the median, and which part makes the difference. */
import {html, nothing, type TemplateResult} from 'lit/html.js';
import {categoryLook} from '../_kit/category';
import {vars} from '../_kit/dom';
import {figures, splitUnit} from '../_kit/figures';
import * as format from '../_kit/format';
import {icon} from '../_kit/icons';
import {facts, inspectorHead, inspectorPart} from '../_kit/inspector';
import type {PanelHost} from '../_kit/panel';
import {isMarkedOtherwise, MARKED, stepTimeStory, WITH_DEVICE} from '../_kit/step_time';
import {type PartLook, usedPartLooks} from './part_look';
import {type Report, slowOf, type Step} from './report';
import {open, stepParams} from './sections';

export function stepInspector(step: Step, report: Report, host: PanelHost): TemplateResult {
  const {steps, parts_mean} = report;
  const scale = format.durationScale(Math.max(step.duration_ns, steps.median_ns));
  const slow = slowOf(steps, step);
  const params = stepParams(step, step.number);
  const differs = isMarkedOtherwise(step);
  return html`${inspectorHead({
      title: `Step ${step.number}`,
      subtitle: slow?.sentence ?? (step.complete ? 'As long as most steps.' : 'The recording ended inside this step.'),
      ...(slow ? {colour: categoryLook(slow.because_key).fill} : {}),
    })}
    ${figures([
      {name: differs ? WITH_DEVICE : 'Time', ...splitUnit(format.duration(step.duration_ns, scale))},
      differs ? {name: MARKED, ...splitUnit(format.duration(step.marked_duration_ns, scale))} : undefined,
      steps.complete_count > 0 ? {name: 'To the median', ...splitUnit(format.durationChange(step.duration_ns - steps.median_ns, scale)), note: `median ${format.scaled(steps.median_ns, scale)}`} : undefined,
    ])}
    ${differs ? html`<p class="small quiet">${stepTimeStory(step)}</p>` : nothing}
    ${steps.part_keys.length > 0 ? inspectorPart('Where it went', partTable(step, usedPartLooks(report), parts_mean, scale)) : nothing}
    ${inspectorPart('Place', facts([
      ['Begins', format.traceTime(step.start_ns)],
      ['Ends', format.traceTime(step.start_ns + step.duration_ns)],
      step.name ? ['Marked as', html`<code>${step.name}</code>`] : undefined,
    ]))}
    ${host.has('timeline') ? html`<div class="actions"><a class="button primary" href=${host.href('timeline', params)}
      @click=${(event: MouseEvent) => open(event, () => host.open('timeline', params))}>${icon('timeline')}Open in timeline</a></div>` : nothing}`;
}

function partTable(step: Step, looks: readonly PartLook[], mean: Readonly<Record<string, number>>, scale: format.Scale): TemplateResult {
  const greatest = Math.max(1, ...looks.map(({key}) => step.parts[key] ?? 0));
  return html`<table class="parts"><thead><tr><th scope="col">Part</th><th scope="col" class="number">${scale.unit}</th><td></td><th scope="col" class="number">to the mean</th></tr></thead>
    <tbody>${looks.map(({key, label, fill, texture}) => {
      const value = step.parts[key] ?? 0;
      const change = value - (mean[key] ?? 0);
      return html`<tr><td>${label}</td><td class="number">${format.scaled(value, scale)}</td>
        <td class="part-cell"><i class=${`bar-fill ${texture}`} ${vars({'--v': value / greatest, '--c': fill})}></i></td>
        <td class="number faint">${format.signed(change / scale.divisor, scale.places)}</td></tr>`;
    })}</tbody></table>`;
}
