/** The parts of the overview that are plain templates: head, figures, slow steps, devices, facts. */
import {html, nothing, type TemplateResult} from 'lit/html.js';
import {vars} from '../_kit/dom';
import {figures, splitUnit, type Figure} from '../_kit/figures';
import * as format from '../_kit/format';
import {icon} from '../_kit/icons';
import {facts} from '../_kit/inspector';
import type {PanelHost} from '../_kit/panel';
import {formatSelected} from '../_kit/selection';
import {swatch} from '../_kit/texture';
import {partLook} from './part_look';
import {type Device, lostCount, type Report, type SlowStep, type Step, stepSpan} from './report';

export interface OverviewActions {
  readonly host: PanelHost;
  copyLink(): void;
  readonly isLinkCopied: boolean;
  selectStep(step: Step): void;
}

/** Where a step is to be found in the timeline. */
export function stepParams(step: Step | undefined, number: number): Record<string, string> {
  if (!step) return {sel: formatSelected({kind: 'step', number})};
  const {start_ns, duration_ns} = step;
  return {sel: formatSelected({kind: 'step', number, start_ns}), from: String(start_ns), to: String(start_ns + duration_ns)};
}

export function pageHead(report: Report, actions: OverviewActions): TemplateResult {
  const {host} = actions;
  const capture = host.capture;
  const context = [
    capture?.run || capture?.session,
    format.dateTime(report.capture.start_unix_ms),
    stepSpan(report.steps),
    report.capture.format,
  ];
  return html`<header class="page-head">
    <div><h1 class="finding">${report.headline.finding}
        ${report.headline.advice ? html`<span class="then">${report.headline.advice}</span>` : nothing}</h1>
      <p class="context">${context.filter((part) => part && part !== format.UNKNOWN).join(' · ')}</p></div>
    <div class="page-actions">
      ${host.has('timeline') ? html`<a class="button" href=${host.href('timeline')} @click=${(event: MouseEvent) => open(event, () => host.open('timeline'))}>${icon('timeline')}Timeline</a>` : nothing}
      <button class="button" type="button" @click=${actions.copyLink}>${icon(actions.isLinkCopied ? 'check' : 'copy')}${actions.isLinkCopied ? 'Copied' : 'Copy link'}</button>
    </div>
  </header>`;
}

/** A click follows the link within the page; with a modifier it is the browser's. */
export function open(event: MouseEvent, go: () => void): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go();
}

export function keyFigures(report: Report): TemplateResult {
  const {steps, counts} = report;
  const scale = format.durationScale(steps.median_ns);
  const lost = lostCount(report);
  const hasSteps = steps.complete_count > 0;
  const step = (name: string, value_ns: number, note: string): Figure =>
    ({name, ...splitUnit(hasSteps ? format.duration(value_ns, scale) : format.UNKNOWN), note});
  const open = steps.count - steps.complete_count;
  return figures([
    step('Median step', steps.median_ns, hasSteps ? `mean ${format.scaled(steps.mean_ns, scale)}` : 'no complete step'),
    step('p99 step', steps.p99_ns, hasSteps ? `max ${format.scaled(steps.max_ns, scale)}` : 'no complete step'),
    {name: 'Steps', value: format.integer(steps.count), note: open > 0 ? `${format.integer(open)} not complete` : stepSpan(steps) ?? 'none marked'},
    deviceFigure(report.devices),
    {name: 'Recorded', ...recorded(counts.slices), note: `on ${format.plural(counts.tracks, 'track')}`},
    {name: 'Lost', value: format.integer(lost), note: lost > 0 ? lossKinds(report) : 'no loss', isWarning: lost > 0},
    {name: 'Size', ...splitUnit(format.fileSize(report.capture.size_bytes)), note: perEvent(report)},
  ]);
}

/** "44.7" and "k slices". */
function recorded(slices: number): {value: string; unit: string} {
  const {value, unit} = splitUnit(format.count(slices));
  return {value, unit: [unit, slices === 1 ? 'slice' : 'slices'].filter(Boolean).join(' ')};
}

function deviceFigure(devices: readonly Device[]): Figure | undefined {
  if (devices.length === 0) return undefined;
  const idle = devices.reduce((sum, device) => sum + device.idle_ns, 0);
  const span = devices.reduce((sum, device) => sum + device.span_ns, 0);
  return {
    name: devices.length === 1 ? 'GPU idle' : 'GPUs idle',
    ...splitUnit(format.percent(span > 0 ? idle / span : undefined)),
    note: devices.length === 1 ? `${format.duration(idle)} of ${format.duration(span)}` : `mean of ${devices.length}`,
  };
}

function lossKinds(report: Report): string {
  return [...new Set(report.losses.map((loss) => loss.label))].join(', ');
}

function perEvent(report: Report): string {
  const {slices, instants} = report.counts;
  const each = report.capture.size_bytes / (slices + instants);
  return Number.isFinite(each) ? `${format.fixed(each, 1)}\u00a0bytes an\u00a0event` : report.capture.format;
}

export function slowSteps(report: Report, actions: OverviewActions): TemplateResult {
  const {slow, complete_count, median_ns} = report.steps;
  const scale = format.durationScale(slow[0]?.excess_ns ?? median_ns);
  const sentence = slow.length > 0
    ? `${format.integer(slow.length)} of ${format.plural(complete_count, 'step')} take clearly longer than the median. Click one to see it in the timeline.`
    : complete_count > 1 ? 'None: every step takes about as long as the median.'
    : complete_count === 1 ? 'Only one step is complete: there is none to compare it with.' : 'No step is complete yet.';
  return html`<section aria-labelledby="slow-title">
    <header class="section-head"><h2 id="slow-title">Slow steps</h2><p>${sentence}</p></header>
    ${slow.length > 0 ? html`<ol class="slow">${slow.slice(0, 8).map((step) => slowStep(step, report, scale, actions))}</ol>` : nothing}
    ${slow.length > 8 ? html`<p class="small faint more">+ ${format.integer(slow.length - 8)} more, marked in the chart.</p>` : nothing}
  </section>`;
}

/** The number and the step stand beside it: only the cause is said, so that it is never cut off. */
function slowReason({because_ns, excess_ns}: SlowStep, part: string, scale: format.Scale): TemplateResult | string {
  if (because_ns <= 0) return 'No part of the step stands out.';
  return html`<b>${part}</b> took ${because_ns >= excess_ns ? 'all' : format.duration(because_ns, scale)} of it.`;
}

function slowStep(slow: SlowStep, report: Report, scale: format.Scale, {host, selectStep}: OverviewActions): TemplateResult {
  const step = report.steps.list.find((one) => one.start_ns === slow.start_ns);
  const params = stepParams(step, slow.number);
  return html`<li><b class="excess">${format.durationChange(slow.excess_ns, scale)}</b>
    ${swatch(partLook(slow.because_key, report), partLook(slow.because_key, report).label)}
    <p title=${slow.sentence}>${slowReason(slow, partLook(slow.because_key, report).label, scale)}</p>
    <a href=${host.has('timeline') ? host.href('timeline', params) : '#'}
      @click=${(event: MouseEvent) => open(event, () => (host.has('timeline') ? host.open('timeline', params) : step && selectStep(step)))}>step ${slow.number}</a></li>`;
}

export function devices(report: Report): TemplateResult {
  const list = report.devices;
  const scale = format.columnScale(list.map((device) => device.span_ns));
  const worst = list.reduce((most, device) => (device.idle_ns > most.idle_ns ? device : most), list[0] as Device);
  return html`<section aria-labelledby="devices-title">
    <header class="section-head"><h2 id="devices-title">${list.length === 1 ? 'GPU' : 'GPUs'}</h2>
      <p>Solid: busy, all streams together. Hatched: idle${list.length > 1 ? `; ${worst.name} waits longest` : ''}.</p></header>
    <ul class="devices">${list.map((device) => deviceRow(device, scale))}</ul>
  </section>`;
}

function deviceRow(device: Device, scale: format.Scale): TemplateResult {
  const span = device.span_ns || 1;
  const parts = [
    {label: 'computation', value: device.computation_ns, fill: 'var(--cat-calm)', hatch: false},
    {label: 'communication', value: device.communication_exposed_ns, fill: 'var(--cat-comm)', hatch: false},
    {label: 'memory copy', value: device.memcpy_exposed_ns, fill: 'var(--cat-copy)', hatch: false},
    {label: 'idle', value: device.idle_ns, fill: 'var(--text-3)', hatch: true},
  ].filter((part) => part.value > 0);
  const text = parts.map((part) => `${part.label} ${format.duration(part.value, scale)}`).join(', ');
  return html`<li><div class="device-name"><b>${device.name}</b><span>${format.percent(device.idle_ns / span)} idle</span></div>
    <div class="device-bar" role="img" aria-label=${`${device.name}: ${text}`} title=${text}>
      ${parts.map((part) => html`<i class=${part.hatch ? 'hatch' : 'solid'} ${vars({'--v': part.value / span, '--c': part.fill})}></i>`)}</div>
    <p class="small faint">${text} · ${format.plural(device.streams, 'stream')}</p></li>`;
}

/** Properties that say what ran; the others are in the capture's own file. */
const NAMED_PROPERTIES: readonly (readonly [key: string, name: string])[] = [
  ['program', 'Program'], ['command', 'Command'], ['command_line', 'Command'], ['host', 'Host'], ['hostname', 'Host'], ['pid', 'Process'],
  ['gpu', 'GPU'], ['device', 'Device'], ['device_name', 'Device'], ['cuda', 'CUDA'], ['cuda_version', 'CUDA'], ['driver_version', 'Driver'],
  ['python', 'Python'], ['torch', 'PyTorch'], ['version', 'Recorded by'], ['recorder', 'Recorded by'],
];
const MOST_PROPERTIES = 6;

/** "4, 2 counters"; without the second where there are none. */
function withOthers(first: string, count: number, one: string): string {
  return count > 0 ? `${first}, ${format.plural(count, one)}` : first;
}

export function captureFacts(report: Report): TemplateResult {
  const {capture, counts} = report;
  const state = capture.state === 'finished' ? 'complete' : capture.state === 'live' ? 'still being recorded' : 'cut';
  const named = NAMED_PROPERTIES.flatMap(([key, name]) => {
    const value = capture.properties[key];
    return value ? [[name, value] as const] : [];
  }).slice(0, MOST_PROPERTIES);
  return html`<section aria-labelledby="capture-title">
    <header class="section-head"><h2 id="capture-title">This capture</h2></header>
    ${facts([
      ['Recording', state],
      capture.state === 'cut' ? ['Covered until', format.traceTime(capture.covered_until_ns)] : undefined,
      ['Begun', format.dateTime(capture.start_unix_ms)],
      ['Length', format.duration(capture.duration_ns)],
      capture.recorded ? ['Recorded', capture.recorded] : undefined,
      ...(capture.device_notes ?? []).map((note) => ['GPU', note] as const),
      ['Events', withOthers(format.plural(counts.slices, 'slice'), counts.instants, 'instant')],
      ['Tracks', withOthers(format.integer(counts.tracks), counts.counters, 'counter')],
      counts.links > 0 ? ['Launches', `${format.count(counts.links)} linked to their work`] : undefined,
      ...named,
      ['File', html`<code title=${capture.path}>${capture.path.slice(capture.path.lastIndexOf('/') + 1)}</code>`],
    ])}
  </section>`;
}
