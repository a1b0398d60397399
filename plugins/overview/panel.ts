/** Overview: the finding, where a step goes, every step, which are slow, what the devices did. */
import {html, nothing, render, type TemplateResult} from 'lit/html.js';
import type {DataClient, Slot, SlotState} from '../_kit/data_client';
import * as format from '../_kit/format';
import {lossBanner} from '../_kit/loss_banner';
import {definePanel, type PanelHost, type PanelInstance} from '../_kit/panel';
import {type Part, PartBar} from '../_kit/part_bar';
import {barTip, type Bar, StackedBars} from '../_kit/stacked_bars';
import {emptyState, errorState, skeleton} from '../_kit/states';
import {hasDeviceWork, partLooks, type PartLook, textureSentence} from './part_look';
import {type Report, slowOf, type Step} from './report';
import {captureFacts, devices, keyFigures, type OverviewActions, pageHead, slowSteps} from './sections';
import {stepInspector} from './step_inspector';
import {stepTable} from './step_table';

const HOW_TO_MARK_STEPS = `tbprof::Step step(i);      // C++
with tbprof.step():        # Python
nvtxRangePushA("step 12"); // NVTX
prof.step()                # torch.profiler`;

class Overview implements PanelInstance {
  private readonly slot: Slot<Report>;
  private report: Report | undefined;
  private readonly stepHost = element('chart clickable step-chart');
  private readonly barHost = element('');
  private readonly chart: StackedBars;
  private readonly partBar: PartBar;
  private readonly inspector = element('');
  private readonly bannerNode = element('');
  private asked = '';
  private state: SlotState<Report> | undefined;
  private isLinkCopied = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly host: PanelHost,
  ) {
    this.partBar = new PartBar(this.barHost);
    this.chart = new StackedBars(this.stepHost, {
      tip: (index) => this.tip(index),
      choose: (index) => this.chooseStep(index),
      laidOut: () => this.draw(),
    });
    this.slot = host.client.slot<Report>((state) => {
      this.state = state;
      this.report = state.value;
      this.draw();
    });
    root.addEventListener('keydown', this.press);
    this.update();
  }

  update(): void {
    const capture = this.host.capture;
    const question = `${capture?.id} ${capture?.version}`;
    if (capture && question !== this.asked) {
      const isOther = !this.asked.startsWith(`${capture.id} `);
      this.asked = question;
      const ask = (client: DataClient): Promise<Report> => client.json<Report>('plugin/overview/report', {capture: capture.id}, capture.version);
      if (isOther) this.slot.ask(ask, true);
      else this.slot.askAgain(ask);
    } else {
      this.draw();
    }
  }

  dispose(): void {
    this.root.removeEventListener('keydown', this.press);
    this.slot.close();
    this.chart.dispose();
    this.partBar.dispose();
  }

  private readonly press = (event: KeyboardEvent): void => {
    if (event.key !== 'T' || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.toggleTable();
  };

  private toggleTable(): void {
    this.host.url.set({table: this.host.url.get('table') ? undefined : 1});
  }

  private draw(): void {
    const {report, state} = this;
    if (!report) {
      this.host.inspect(undefined);
      this.host.banner(undefined);
      render(state?.error && !state.error.isOffline
        ? errorState('This capture could not be read', state.error, () => this.askAgain())
        : skeleton([28, 56, 152, 260]), this.root);
      return;
    }
    render(this.page(report), this.root);
    this.partBar.set(meanParts(report), partSentence(report));
    this.chart.set({...chartData(report), selected: this.selectedIndex(report)});
    this.showBanner(report);
    this.showInspector(report);
  }

  private askAgain(): void {
    this.asked = '';
    this.update();
  }

  private page(report: Report): TemplateResult {
    const actions = this.actions();
    const hasSteps = report.steps.count > 0;
    const isTable = this.host.url.get('table') !== undefined;
    const side = report.devices.length > 0;
    return html`${pageHead(report, actions)} ${keyFigures(report)}
      ${hasSteps ? html`
        <section aria-labelledby="where-title" ?hidden=${report.steps.complete_count === 0}>
          <header class="section-head"><h2 id="where-title">Where a step goes</h2><p>${wholeSentence(report)}${textureSentence(report)}</p></header>
          ${this.barHost}
        </section>
        <div class=${side ? 'pair' : 'pair whole'}>
          <section aria-labelledby="steps-title">
            <header class="section-head"><h2 id="steps-title">Steps</h2><p>${this.chartNote(report)}</p>
              <button class="button end" type="button" aria-pressed=${String(isTable)} title="Chart or table (⇧T)" @click=${() => this.toggleTable()}>${isTable ? 'Chart' : 'Table'}</button></header>
            <div ?hidden=${isTable}>${this.stepHost}</div>
            ${isTable ? stepTable(report, this.host.selection.value, (step) => actions.selectStep(step)) : nothing}
          </section>
          ${side ? devices(report) : nothing}
        </div>
        <div class="pair">${slowSteps(report, actions)} ${captureFacts(report)}</div>`
      : html`<div class="pair">${emptyState('To mark a step', 'With steps, this page shows how long each takes, where its time goes and which are slow.', HOW_TO_MARK_STEPS)}
          <div>${side ? devices(report) : nothing}${captureFacts(report)}</div></div>`}`;
  }

  private chartNote(report: Report): string {
    const open = report.steps.count - report.steps.complete_count;
    const pale = open > 0 ? ' Pale: not complete.' : '';
    const merged = this.chart.barsPerColumn > 1.01 ? ' Each column is the longest of those that fall on it.' : '';
    const {steps_shown, count} = report.steps;
    const left = steps_shown < count ? ` ${format.integer(steps_shown)} of ${format.integer(count)} are shown, all slow ones among them.` : '';
    return `Click a column for its details.${left}${merged}${pale}`;
  }

  private actions(): OverviewActions {
    return {
      host: this.host,
      isLinkCopied: this.isLinkCopied,
      copyLink: () => void this.copyLink(),
      selectStep: (step) => this.host.selection.set({kind: 'step', number: step.number, start_ns: step.start_ns}),
    };
  }

  private async copyLink(): Promise<void> {
    await navigator.clipboard.writeText(location.href);
    this.isLinkCopied = true;
    this.draw();
    setTimeout(() => {
      this.isLinkCopied = false;
      this.draw();
    }, 1600);
  }

  private selectedIndex(report: Report): number | undefined {
    const selected = this.host.selection.value;
    if (selected?.kind !== 'step') return undefined;
    const {list} = report.steps;
    const exact = list.findIndex((step) => step.number === selected.number && step.start_ns === selected.start_ns);
    const index = exact >= 0 ? exact : list.findIndex((step) => step.number === selected.number);
    return index < 0 ? undefined : index;
  }

  private chooseStep(index: number): void {
    const step = this.report?.steps.list[index];
    if (step) this.actions().selectStep(step);
  }

  private tip(index: number): TemplateResult {
    const step = this.report?.steps.list[index];
    if (!this.report || !step) return html``;
    const bar = barOf(step, this.report);
    return barTip(`Step ${step.number}`, bar, partLooks(this.report), step.complete ? bar.note : 'not complete');
  }

  private showInspector(report: Report): void {
    const index = this.selectedIndex(report);
    const step = index === undefined ? undefined : report.steps.list[index];
    if (!step) return this.host.inspect(undefined);
    render(stepInspector(step, report, this.host), this.inspector);
    this.host.inspect(this.inspector);
  }

  private showBanner(report: Report): void {
    if (report.capture.state === 'cut') this.host.learn('cut', report.capture.state_detail);
    const losses = lossBanner(report.losses);
    render(losses ?? nothing, this.bannerNode);
    this.host.banner(losses ? this.bannerNode : undefined);
  }
}

function element(classes: string): HTMLElement {
  const made = document.createElement('div');
  made.className = classes;
  return made;
}

function wholeSentence(report: Report): string {
  const {complete_count} = report.steps;
  const steps = complete_count === 1 ? 'The one complete step' : `Mean of ${format.plural(complete_count, 'complete step')}`;
  return hasDeviceWork(report) ? `${steps}.` : `${steps}; each moment is counted once.`;
}

function meanParts(report: Report): Part[] {
  return partLooks(report).map((look) => ({...look, value: report.parts_mean[look.key] ?? 0}));
}

function partSentence(report: Report): string {
  const parts = meanParts(report).filter((part) => part.value > 0);
  const total = parts.reduce((sum, part) => sum + part.value, 0);
  const scale = format.durationScale(total);
  return `A step of ${format.duration(total, scale)}: ${parts.map((part) => `${part.label} ${format.duration(part.value, scale)}`).join(', ')}`;
}

function barOf(step: Step, report: Report): Bar {
  const slow = slowOf(report.steps, step);
  const scale = {...format.durationScale(report.steps.median_ns)};
  return {
    label: String(step.number),
    total: step.duration_ns,
    values: report.steps.part_keys.map((key) => step.parts[key] ?? 0),
    isOpen: !step.complete,
    ...(slow ? {note: format.durationChange(slow.excess_ns, {...scale, places: Math.max(0, scale.places - 1)})} : {}),
  };
}

function chartData(report: Report): {parts: PartLook[]; bars: Bar[]; median: number | undefined; summary: string} {
  const {steps} = report;
  const slow = steps.slow.length > 0 ? `; slow: ${steps.slow.slice(0, 5).map((step) => `step ${step.number} with ${format.duration(step.duration_ns)}`).join(', ')}` : '';
  return {
    parts: partLooks(report),
    bars: steps.list.map((step) => barOf(step, report)),
    median: steps.complete_count > 0 ? steps.median_ns : undefined,
    summary: `Time of ${format.plural(steps.count, 'step')}, stacked by part; median ${format.duration(steps.median_ns)}${slow}`,
  };
}

export const panel = definePanel({
  title: 'Overview',
  group: 'profile',
  order: 10,
  key: 'o',
  keys: [
    {keys: '← →', does: 'step before, after (in the chart)'},
    {keys: 'Enter', does: 'details of the step'},
    {keys: '⇧T', does: 'steps as a chart or a table'},
  ],
  mount: (root, host) => new Overview(root, host),
});
