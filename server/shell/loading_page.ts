/**
 * What stands in a page's place while the server reads the capture: how far it is, and of a finished
 * recording the picture that its own index gives. The page replaces it by itself.
 */
import {html, nothing, render, type TemplateResult} from 'lit/html.js';
import {figures, splitUnit, type Figure} from '../../plugins/_kit/figures';
import * as format from '../../plugins/_kit/format';
import type {CaptureInfo} from '../../plugins/_kit/panel';
import {barTip, type Bar, StackedBars} from '../../plugins/_kit/stacked_bars';
import {skeleton} from '../../plugins/_kit/states';
import {captureTitle} from './capture_list';
import type {Loading, Preview} from './load_watch';
import {TrackBands} from './track_bands';

const STEP_PART = {key: 'step', label: 'step', fill: 'var(--cat-calm)'};

export class LoadingPage {
  readonly node = element('loading-page');
  private readonly stepHost = element('chart step-chart');
  private readonly bandHost = element('track-bands');
  private readonly chart: StackedBars;
  private readonly bands: TrackBands;
  private preview: Preview | undefined;

  constructor() {
    this.chart = new StackedBars(this.stepHost, {tip: (index) => this.tip(index), choose: () => undefined});
    this.bands = new TrackBands(this.bandHost);
  }

  show(loading: Loading, capture: CaptureInfo): void {
    const {preview} = loading;
    render(html`${head(loading, capture)} ${preview ? this.picture(preview, capture) : skeleton([56, 152, 260])}`, this.node);
    if (preview && preview !== this.preview) {
      this.chart.set({parts: [STEP_PART], bars: stepBars(preview), median: preview.steps.median_ns ?? undefined, selected: undefined, summary: stepSummary(preview)});
      this.bands.set(preview);
    }
    this.preview = preview;
  }

  private picture(preview: Preview, capture: CaptureInfo): TemplateResult {
    const {steps, tracks, counts} = preview;
    const merged = steps.each > 1 || this.chart.barsPerColumn > 1.01 ? ' Each column is the longest of those that fall on it.' : '';
    const left = counts.tracks > tracks.length ? ` ${format.integer(tracks.length)} of ${format.integer(counts.tracks)} are shown, those with most slices.` : '';
    return html`${keyFigures(preview, capture)}
      ${steps.number.length > 0 ? html`<section aria-labelledby="preview-steps">
        <header class="section-head"><h2 id="preview-steps">Steps</h2><p>As they were marked; what they are made of follows.${merged}</p></header>
        ${this.stepHost}</section>` : nothing}
      ${tracks.length > 0 ? html`<section aria-labelledby="preview-tracks">
        <header class="section-head"><h2 id="preview-tracks">Tracks</h2><p>The higher, the busier at that time.${left}</p></header>
        ${this.bandHost}</section>` : nothing}`;
  }

  private tip(index: number): TemplateResult {
    const bar = this.preview && stepBars(this.preview)[index];
    return bar ? barTip(`Step ${bar.label}`, bar, [STEP_PART]) : html``;
  }
}

function head(loading: Loading, capture: CaptureInfo): TemplateResult {
  const {phase, read_bytes, size_bytes} = loading;
  const isCounted = phase === 'reading' && read_bytes > 0;
  return html`<header class="page-head"><div>
    <h1>${headline(loading)}${loading.preview ? html`<span>Meanwhile, what the recording’s own index tells.</span>` : nothing}</h1>
    <p class="context">${[captureTitle(capture), capture.file].join(' · ')}</p>
    ${isCounted ? html`<progress aria-label="Read so far" max=${size_bytes} .value=${read_bytes}></progress>` : html`<progress aria-label=${headline(loading)}></progress>`}
  </div></header>`;
}

function headline({phase, read_bytes, size_bytes}: Loading): string {
  const size = format.fileSize(size_bytes);
  if (phase === 'waiting') return `Waiting for its turn to be read: ${size}`;
  if (phase === 'unpacking') return `Unpacking ${size}`;
  if (phase === 'sorting') return `Read ${size}; putting the slices in order`;
  if (phase === 'answering') return `Read ${size}; making this page`;
  return read_bytes > 0 ? `Reading: ${format.fileSize(read_bytes)} of ${size}` : `Reading ${size}`;
}

function keyFigures({steps, counts, duration_ns}: Preview, capture: CaptureInfo): TemplateResult {
  const hasSteps = steps.number.length > 0;
  const list: (Figure | undefined)[] = [
    hasSteps && steps.median_ns !== null ? {name: 'Median step', ...splitUnit(format.duration(steps.median_ns)), note: 'as marked'} : undefined,
    hasSteps ? {name: 'Longest step', ...splitUnit(format.duration(steps.max_ns)), note: 'as marked'} : undefined,
    {name: 'Steps', value: format.integer(counts.steps), note: counts.steps > 0 ? 'as marked' : 'none marked'},
    {name: 'Recorded', ...splitUnit(format.count(counts.slices)), note: `on ${format.plural(counts.tracks, 'track')}`},
    {name: 'Lost', value: format.integer(counts.lost), note: counts.lost > 0 ? 'events' : 'no loss', isWarning: counts.lost > 0},
    {name: 'Length', ...splitUnit(format.duration(duration_ns)), note: 'from the first to the last'},
    {name: 'Size', ...splitUnit(format.fileSize(capture.sizeBytes)), note: capture.format},
  ];
  return figures(list);
}

function stepBars({steps}: Preview): Bar[] {
  return steps.number.map((number, i) => ({label: String(number), total: steps.duration_ns[i] ?? 0, values: [steps.duration_ns[i] ?? 0]}));
}

function stepSummary({steps, counts}: Preview): string {
  return `Time of ${format.plural(counts.steps, 'step')} as marked; the longest takes ${format.duration(steps.max_ns)}`;
}

function element(classes: string): HTMLElement {
  const made = document.createElement('div');
  made.className = classes;
  return made;
}
