/** The inspector's content for a step. */
import {html, nothing, type TemplateResult} from 'lit/html.js';
import {figures, splitUnit} from '../_kit/figures';
import {durationChange, integer} from '../_kit/format';
import {facts, inspectorHead} from '../_kit/inspector';
import {isMarkedOtherwise, MARKED, stepTimeStory, WITH_DEVICE} from '../_kit/step_time';
import type {StepJson} from './answers';
import type {DetailActions} from './details';
import {walkButtons} from './walk_buttons';
import {exactTime, shortTime} from './time_axis';

export function stepDetails(step: StepJson, actions: DetailActions): TemplateResult {
  const differs = isMarkedOtherwise(step);
  const from_median = step.duration_ns - step.median_ns;
  const time = splitUnit(shortTime(step.duration_ns));
  return html`
    ${inspectorHead({title: `Step ${step.number}`, subtitle: subtitle(step)})}
    ${figures([
      {name: differs ? WITH_DEVICE : 'Time', ...time},
      differs ? {name: MARKED, ...splitUnit(shortTime(step.marked_duration_ns))} : undefined,
    ])}
    ${differs ? html`<p class="small quiet">${stepTimeStory(step)}</p>` : nothing}
    ${facts([
      step.complete && step.step_count > 1 ? ['To the median', `${durationChange(from_median)}, of ${shortTime(step.median_ns)}`] : undefined,
      ['Starts', exactTime(step.start_ns, step.duration_ns)],
      ['Ends', exactTime(step.start_ns + step.duration_ns, step.duration_ns)],
      differs ? ['Mark starts', exactTime(step.marked_start_ns, step.duration_ns)] : undefined,
      differs ? ['Mark ends', exactTime(step.marked_start_ns + step.marked_duration_ns, step.duration_ns)] : undefined,
      step.track_title ? ['Marked by', step.track_title] : undefined,
    ])}
    ${walkButtons({
      previous: step.index > 0 ? () => actions.walk('previous') : undefined,
      next: step.index + 1 < step.step_count ? () => actions.walk('next') : undefined,
      frame: actions.frame,
    })}`;
}

function subtitle(step: StepJson): string {
  const place = step.step_count === 1 ? 'The only step' : `${integer(step.index + 1)} of ${integer(step.step_count)} steps`;
  if (!step.complete) return `${place}; the recording ended inside it`;
  return step.slow ? `${place}, slow` : place;
}
