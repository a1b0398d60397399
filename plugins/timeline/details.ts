/** The inspector's content for a slice and for a gap, and the tooltip. */
import {html, nothing, type TemplateResult} from 'lit/html.js';
import {categoryLabel, categoryLook} from '../_kit/category';
import {vars} from '../_kit/dom';
import {figures, splitUnit} from '../_kit/figures';
import {columnScale, count, group, integer, percent, plural, scaled, UNIT_SPACE} from '../_kit/format';
import {facts, inspectorHead, inspectorPart} from '../_kit/inspector';
import {isMarkedOtherwise, MARKED} from '../_kit/step_time';
import type {GapJson, ShortSlice, SliceJson, StepJson} from './answers';
import {valueText} from './counter_words';
import {shareText} from './picture';
import type {Hit} from './hit';
import type {Stretch} from './recorded';
import type {Way} from './selected';
import {exactTime, shortTime} from './time_axis';
import {frameButton, walkButtons} from './walk_buttons';

export interface DetailActions {
  jump(slice: ShortSlice): void;
  selectStep(step: StepJson): void;
  frame(): void;
  walk(way: Way): void;
  /** The address of the same slice, for a new tab. */
  href(slice: ShortSlice): string;
}

const MOST_LINKS = 8;

export function tipOf(hit: Hit): TemplateResult {
  if (hit.category === 'idle') {
    if (!hit.isColumn) return html`<span class="value">${shortTime(hit.duration_ns)}</span> idle<br><span class="faint">${exactTime(hit.start_ns, hit.duration_ns)}</span>`;
    return html`<span class="value">${shareText(hit.share)}</span> idle<br><span class="faint">${plural(hit.count, 'gap')} in ${shortTime(hit.duration_ns)} at ${exactTime(hit.start_ns, hit.duration_ns)}</span>`;
  }
  const look = html`<i class="swatch" ${vars({'--c': categoryLook(hit.category).fill})}></i><code class="long-name">${hit.name}</code>`;
  if (hit.value !== undefined) return counterTip(hit, hit.value);
  if (hit.isInstant) {
    return html`${look}<br><span class="faint">instant at</span> <span class="value">${exactTime(hit.start_ns, 1)}</span>${
      hit.count > 1 ? html` <span class="faint">+ ${integer(hit.count - 1)} more in this pixel</span>` : nothing}${
      (hit.facts ?? []).map(([key, value]) => html`<br><span class="faint">${key}</span> <code class="long-name">${attributeText(key, value)}</code>`)}`;
  }
  if (!hit.isColumn) {
    return html`${look}<br><span class="value">${shortTime(hit.duration_ns)}</span> <span class="faint">${hit.category === 'step' ? 'marked, ' : ''}at ${exactTime(hit.start_ns, hit.duration_ns)}</span>`;
  }
  const what = hit.count === 1 ? 'one slice' : `${plural(hit.count, 'slice')}, the busiest above`;
  return html`${look}<br><span class="value">${shareText(hit.share)}</span> busy <span class="faint">in ${shortTime(hit.duration_ns)} at ${exactTime(hit.start_ns, hit.duration_ns)}: ${what}</span>`;
}

export function gapTip({from_ns, until_ns}: Stretch): TemplateResult {
  const long_ns = until_ns - from_ns;
  return html`Not recorded<br><span class="value">${shortTime(long_ns)}</span> <span class="faint">at ${exactTime(from_ns, long_ns)}, outside of the recorded windows</span>`;
}

const TIP_PLACES = 3;

function counterTip(hit: Hit, value: number): TemplateResult {
  const place = Number.isFinite(value) ? nothing : html` <span class="faint">at ${exactTime(hit.start_ns, 1)}${hit.count > 1 ? `, the first of ${hit.count} in this pixel` : ''}</span>`;
  return html`<code class="long-name">${hit.name}</code><br><span class="value">${valueText(hit.track, value, TIP_PLACES)}</span>${place}`;
}

function link(slice: ShortSlice, actions: DetailActions, words?: string): TemplateResult {
  return html`<a class="timeline-jump" data-slice=${slice.id} href=${actions.href(slice)} @click=${(event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    actions.jump(slice);
  }}>${words ?? slice.name}</a>`;
}

function sliceRow(slice: ShortSlice, actions: DetailActions, time: string): TemplateResult {
  return html`<li><i class="swatch" ${vars({'--c': categoryLook(slice.category).fill})}></i>
    <span class="clip">${link(slice, actions)}</span><span class="number">${time}</span></li>`;
}

function sliceList(slices: readonly ShortSlice[], actions: DetailActions): TemplateResult {
  const scale = columnScale(slices.map((slice) => slice.duration_ns));
  return html`<ul class="timeline-list">${slices.map((slice) => sliceRow(slice, actions, `${scaled(slice.duration_ns, scale)}${UNIT_SPACE}${scale.unit}`))}</ul>`;
}

export function sliceDetails(slice: SliceJson, actions: DetailActions): TemplateResult {
  const where = [slice.group_title, slice.track_title].filter(Boolean).join(' · ');
  const duration = splitUnit(shortTime(slice.duration_ns));
  const self = splitUnit(shortTime(slice.self_ns));
  const {alike} = slice;
  return html`
    ${inspectorHead({title: slice.name, isMono: true, colour: categoryLook(slice.category).fill, subtitle: `${categoryLabel(slice.category)} · ${where}`})}
    ${figures([
      {name: slice.category === 'step' ? MARKED : 'Duration', ...duration},
      slice.child_count > 0 ? {name: 'Self', ...self, note: `${percent(slice.duration_ns > 0 ? slice.self_ns / slice.duration_ns : 0, 0)} of it`} : undefined,
      alike.count > 1 ? {name: 'All of this name', ...splitUnit(shortTime(alike.total_ns)), note: plural(alike.count, 'slice')} : undefined,
    ])}
    ${linked(slice, actions)}
    ${facts([
      ['Starts', exactTime(slice.start_ns, slice.duration_ns)],
      ['Ends', exactTime(slice.start_ns + slice.duration_ns, slice.duration_ns)],
      slice.step ? ['Step', stepLink(slice.step, actions)] : undefined,
      ['Track', where],
    ])}
    ${slice.parents.length > 0 ? inspectorPart('Inside', sliceList(slice.parents, actions)) : nothing}
    ${slice.children.length > 0 ? inspectorPart(`${plural(slice.child_count, 'slice')} below`, children(slice)) : nothing}
    ${slice.attributes.length > 0 ? inspectorPart('Attributes', facts(slice.attributes.map(([key, value]) => [key, html`<code>${attributeText(key, value)}</code>`] as const))) : nothing}
    ${alike.count > 1 ? inspectorPart('The same name', same(slice, actions)) : nothing}
    <p class="timeline-walk">${frameButton(actions.frame)}</p>`;
}

const ID = /\bid\b|correlation|stream|context|device|address|pointer|handle|thread|process|sequence|version/i;

/** Counts and sizes with groups of digits; what only names something stays as it was recorded. */
function attributeText(key: string, value: string): string {
  if (ID.test(key)) return value;
  const extent = /^\[(\d+),\s*(\d+),\s*(\d+)\]$/.exec(value);
  if (extent) return extent.slice(1).map((part) => group(part)).join(' × ');
  return /^\d+$/.test(value) ? group(value) : value;
}

function stepLink(step: StepJson, actions: DetailActions): TemplateResult {
  const time = shortTime(step.duration_ns);
  const times = isMarkedOtherwise(step) ? `${time} with its device work, marked ${shortTime(step.marked_duration_ns)}` : time;
  return html`<button type="button" class="timeline-link" @click=${() => actions.selectStep(step)}>Step ${step.number}</button>, ${times}${step.complete ? '' : ', not complete'}`;
}

function linked(slice: SliceJson, actions: DetailActions): TemplateResult | typeof nothing {
  const launch = slice.launched_by[0];
  if (launch) {
    const wait = slice.start_ns - (launch.start_ns + launch.duration_ns);
    const queued = wait >= 0 ? `${shortTime(wait)} after that call returned` : 'before that call returned';
    return inspectorPart('Launched by', html`${sliceList(slice.launched_by.slice(0, MOST_LINKS), actions)}
      <p class="small faint">It starts ${queued}.</p>`);
  }
  if (slice.launches.length === 0) return nothing;
  const more = slice.launch_count - Math.min(MOST_LINKS, slice.launches.length);
  return inspectorPart(slice.launch_count === 1 ? 'Launches' : `Launches ${count(slice.launch_count)}`, html`
    ${sliceList(slice.launches.slice(0, MOST_LINKS), actions)}
    ${more > 0 ? html`<p class="small faint">+ ${integer(more)} more</p>` : nothing}`);
}

function children(slice: SliceJson): TemplateResult {
  const scale = columnScale(slice.children.map((child) => child.total_ns));
  return html`<ul class="timeline-list">${slice.children.map((child) => html`<li>
    <i class="swatch" ${vars({'--c': categoryLook(child.category).fill})}></i><code class="clip">${child.name}</code>
    <span class="number faint">${integer(child.count)}×</span><span class="number">${scaled(child.total_ns, scale)}${UNIT_SPACE}${scale.unit}</span></li>`)}</ul>`;
}

function same(slice: SliceJson, actions: DetailActions): TemplateResult {
  const {alike} = slice;
  const here = alike.on_track > 1 ? `${integer(alike.before + 1)} of ${integer(alike.on_track)} on this track; ` : '';
  return html`<p class="small quiet">${here}${shortTime(alike.shortest_ns)} to ${shortTime(alike.longest_ns)}, ${shortTime(alike.total_ns / alike.count)} on average.</p>
    ${walkButtons({
      previous: alike.before > 0 ? () => actions.walk('previous_alike') : undefined,
      next: alike.before + 1 < alike.on_track ? () => actions.walk('next_alike') : undefined,
    })}`;
}

export function gapDetails(gap: GapJson, title: string, actions: DetailActions): TemplateResult {
  const end = gap.start_ns + gap.duration_ns;
  return html`
    ${inspectorHead({title: `Idle gap, ${shortTime(gap.duration_ns)}`, colour: 'var(--idle-unknown)', texture: 'crossed', subtitle: `${title} · ${exactTime(gap.start_ns, gap.duration_ns)} to ${exactTime(end, gap.duration_ns)}`})}
    <p>${gapStory(gap, end)}</p>
    ${inspectorPart('What happened', html`<ol class="timeline-chain">${chain(gap, end, actions)}</ol>`)}
    ${facts([
      ['Gap', `${integer(gap.number + 1)} of ${integer(gap.gap_count)}`],
      gap.step ? ['Step', stepLink(gap.step, actions)] : undefined,
    ])}
    ${walkButtons({
      previous: gap.number > 0 ? () => actions.walk('previous') : undefined,
      next: gap.number + 1 < gap.gap_count ? () => actions.walk('next') : undefined,
      frame: actions.frame,
    })}`;
}

/** In the order of time: the launch of the next work may lie before the gap. */
function chain(gap: GapJson, end: number, actions: DetailActions): TemplateResult[] {
  const moment = (slice: ShortSlice, time: number, does: string, kind = ''): TemplateResult =>
    html`<li class=${kind}><time>${exactTime(time, gap.duration_ns)}</time><span class="clip">${link(slice, actions)}</span><span class="does">${does}</span></li>`;
  const before = gap.work_before ? [moment(gap.work_before, gap.start_ns, 'ends', 'device')] : [];
  const launch = gap.launch_after ? [moment(gap.launch_after, gap.launch_after.start_ns, 'begins')] : [];
  const after = gap.work_after ? [moment(gap.work_after, end, 'starts', 'device')] : [];
  const host = gap.host.map((slice) => html`<li class="host"><time>${shortTime(Math.min(end, slice.start_ns + slice.duration_ns) - Math.max(gap.start_ns, slice.start_ns))}</time><span class="clip">${link(slice, actions)}</span></li>`);
  const isQueued = gap.launch_after !== null && gap.launch_after.start_ns < gap.start_ns;
  return isQueued ? [...launch, ...before, ...host, ...after] : [...before, ...host, ...launch, ...after];
}

/** What the times alone prove, and no more. */
function gapStory(gap: GapJson, end: number): string {
  const launch = gap.launch_after;
  if (!launch) return 'No stream of the GPU had work. The call that launched the next work was not recorded.';
  const called = launch.start_ns + launch.duration_ns;
  if (launch.start_ns >= gap.start_ns) return `The next work was launched ${shortTime(launch.start_ns - gap.start_ns)} into the gap: until then nothing was queued.`;
  if (called > gap.start_ns) return 'The call that launched the next work was running when the gap began.';
  return `The next work was queued ${shortTime(end - called)} before it started: the gap is not a late launch.`;
}
