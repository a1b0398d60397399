/** The ruler answers to the hand: a step says its times under the pointer, a click or arrow keys select one. */
import {html, nothing, type TemplateResult} from 'lit/html.js';
import {tooltip} from '../_kit/tooltip';
import type {Loader} from './loader';
import {firstTouching} from './row_painter';
import type {SelectedThing} from './selected';
import {exactTime, shortTime} from './time_axis';
import type {View} from './view';

interface PointedStep {
  readonly index: number;
  readonly name: string;
  readonly start_ns: number;
  readonly duration_ns: number;
  readonly marked_ns: number | undefined;
  readonly isWhole: boolean;
}

export interface RulerTarget {
  readonly view: View;
  readonly loader: Loader;
  readonly selected: SelectedThing;
  hover(start_ns: number | undefined): void;
}

export class RulerInput {
  private readonly stop = new AbortController();
  private text = '';

  constructor(
    private readonly node: HTMLElement,
    private readonly target: RulerTarget,
  ) {
    const options = {signal: this.stop.signal};
    node.addEventListener('pointermove', (event) => this.point(event), options);
    node.addEventListener('pointerleave', () => this.leave(), options);
    node.addEventListener('click', (event) => {
      const step = this.stepAt(event);
      if (step) target.selected.selectStep(step.index, false);
    }, options);
    node.addEventListener('keydown', (event) => this.key(event), options);
  }

  /** For a screen reader: the step that is selected, among how many. */
  describe(count: number): void {
    const step = this.target.selected.value?.kind === 'step' ? this.target.selected.value.step : undefined;
    const text = step ? `Step ${step.number}, ${shortTime(step.duration_ns)}` : count > 0 ? 'No step is selected' : 'No steps were marked';
    if (text === this.text) return;
    this.text = text;
    this.node.setAttribute('aria-valuetext', text);
    this.node.setAttribute('aria-valuenow', String(step ? step.index + 1 : 0));
    this.node.setAttribute('aria-valuemax', String(count));
  }

  dispose(): void {
    this.stop.abort();
  }

  private point(event: PointerEvent): void {
    const step = this.stepAt(event);
    this.target.hover(step?.start_ns);
    this.node.classList.toggle('pointing', step !== undefined);
    if (step) tooltip.show(stepTip(step), event.clientX, event.clientY);
    else tooltip.hide();
  }

  private leave(): void {
    this.target.hover(undefined);
    tooltip.hide();
  }

  private key(event: KeyboardEvent): void {
    const {selected, view} = this.target;
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const step = selected.step();
    if (step && selected.value?.kind === 'step') selected.walk(by > 0 ? 'next' : 'previous');
    else {
      const first = this.stepAfter(view.from_ns);
      if (first) selected.selectStep(first.index, true);
    }
  }

  private stepAt(event: MouseEvent): PointedStep | undefined {
    const {view} = this.target;
    const box = this.node.getBoundingClientRect();
    const time = view.from_ns + ((event.clientX - box.left) / Math.max(1, box.width)) * view.length_ns;
    const step = this.stepAfter(time);
    return step && step.start_ns <= time ? step : undefined;
  }

  /** The step that goes on at the time, else the next. */
  private stepAfter(time: number): PointedStep | undefined {
    const {view, loader} = this.target;
    const data = loader.dataFor('steps', view.from_ns, view.to_ns, view.length_ns / Math.max(1, this.node.clientWidth)).at(-1);
    const row = data?.row('steps', 0);
    if (!data || !row) return undefined;
    const at = firstTouching(data, row, time);
    if (at >= row.rectangleEnd) return undefined;
    const name = data.rectangleName[at] ?? 0;
    return {
      index: data.rectangleId[at] ?? 0, name: data.names[name] ?? '',
      start_ns: data.rectangleStart[at] ?? 0, duration_ns: data.rectangleDuration[at] ?? 0,
      marked_ns: data.nameMarked_ns[name], isWhole: data.nameCategory[name] === 'step',
    };
  }
}

function stepTip(step: PointedStep): TemplateResult {
  const time = html`<span class="value">${shortTime(step.duration_ns)}</span>`;
  const times = step.marked_ns === undefined
    ? html`${time} <span class="faint">at ${exactTime(step.start_ns, step.duration_ns)}</span>`
    : html`${time} <span class="faint">with its device work, from ${exactTime(step.start_ns, step.duration_ns)}</span><br>
      <span class="value">${shortTime(step.marked_ns)}</span> <span class="faint">marked on the thread</span>`;
  return html`<b>${step.name}</b><br>${times}${step.isWhole ? nothing : html`<br><span class="faint">not complete: the recording ended inside it</span>`}`;
}
