/** Ranges: what ran how often and for how long, as a tree or flat, with a filter. */
import {html, nothing, render, type TemplateResult} from 'lit/html.js';
import type {DataClient, DataError, Slot, SlotState} from '../_kit/data_client';
import {DataTable} from '../_kit/data_table';
import {download} from '../_kit/dom';
import * as format from '../_kit/format';
import {icon} from '../_kit/icons';
import {lossBanner} from '../_kit/loss_banner';
import {definePanel, type PanelHost, type PanelInstance} from '../_kit/panel';
import {emptyState, errorState, skeleton} from '../_kit/states';
import {formatSort, parseSort, type SortKey, sortRows, toCsv} from '../_kit/table_order';
import {flatRow, type ShownRow, type TableAnswer} from './answers';
import {rangeColumns} from './columns';
import {RangeNodes, type TreeQuestion} from './range_nodes';
import {rangeInspector} from './range_inspector';

const BY_COST: Readonly<Record<string, readonly SortKey[]>> = {
  tree: [{key: 'total', descending: true}],
  flat: [{key: 'self', descending: true}],
};
const MOST_ROWS = 20000;
const WHERE = [['host', 'Host'], ['device', 'GPU'], ['all', 'Both']] as const;

class Ranges implements PanelInstance {
  private readonly slot: Slot<TableAnswer>;
  private readonly nodes: RangeNodes;
  private readonly table: DataTable<ShownRow>;
  private readonly tableHost = document.createElement('div');
  private readonly inspector = document.createElement('div');
  private readonly bannerNode = document.createElement('div');
  private state: SlotState<TableAnswer> | undefined;
  private treeError: DataError | undefined;
  private asked = '';
  private shown: readonly ShownRow[] = [];
  private revealed: string | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly host: PanelHost,
  ) {
    this.nodes = new RangeNodes(host.client, () => this.draw());
    this.tableHost.className = 'ranges-table';
    this.table = new DataTable<ShownRow>(this.tableHost, {
      keyOf: (row) => row.key,
      choose: (row) => this.choose(row),
      sort: (sort) => this.host.url.set({sort: formatSort(sort)}),
      place: (row) => row.path && {depth: row.depth, isOpen: row.isOpen},
      setOpen: (row, isOpen) => row.path && this.nodes.setOpen(row.path, isOpen),
    });
    this.slot = host.client.slot<TableAnswer>((state) => {
      this.state = state;
      this.draw();
    });
    root.addEventListener('keydown', this.press);
    this.update();
  }

  private get where(): string {
    return this.host.url.get('where') ?? 'host';
  }

  private get filter(): string {
    return this.host.url.get('q') ?? '';
  }

  /** A filter finds names wherever they are, so its answer is a flat list. */
  private get isTree(): boolean {
    return this.host.url.get('mode') !== 'flat' && this.filter === '';
  }

  update(): void {
    const {capture} = this.host;
    if (!capture) return this.draw();
    const {id, version} = capture;
    const {where} = this;
    const [what, question] = [`${id} ${where}`, `${id} ${where} ${version}`];
    if (question === this.asked) return this.draw();
    const ask = (client: DataClient): Promise<TableAnswer> => client.json<TableAnswer>('plugin/ranges/table', {capture: id, where, limit: MOST_ROWS}, version);
    if (this.asked.startsWith(`${what} `)) this.slot.askAgain(ask);
    else this.slot.ask(ask, !this.asked.startsWith(`${id} `));
    this.asked = question;
    this.loadTree({capture: id, version, where});
  }

  private loadTree(question: TreeQuestion): void {
    this.nodes.load(question).then(
      () => {
        this.treeError = undefined;
        this.draw();
      },
      (error: DataError) => {
        this.treeError = error;
        this.draw();
      },
    );
  }

  dispose(): void {
    this.root.removeEventListener('keydown', this.press);
    this.slot.close();
    this.table.dispose();
  }

  private readonly press = (event: KeyboardEvent): void => {
    const isSearch = event.target instanceof HTMLElement && event.target.matches('[data-search]');
    if (isSearch && event.key === 'Escape') {
      if (this.filter) this.host.url.set({q: undefined});
      else this.table.focus();
    } else if (isSearch && (event.key === 'Enter' || event.key === 'ArrowDown')) {
      this.table.focus();
    } else if (!isSearch && event.key === 'x' && !event.ctrlKey && !event.metaKey) {
      this.exportCsv();
    } else return;
    event.preventDefault();
  };

  private draw(): void {
    const answer = this.state?.value;
    if (!answer) {
      this.host.inspect(undefined);
      this.host.banner(undefined);
      const error = this.state?.error;
      render(error && !error.isOffline ? errorState('This capture could not be read', error, () => this.askAgain()) : skeleton([28, 28, 260]), this.root);
      return;
    }
    this.revealSelection();
    const {rows, columns, sort, problem} = this.arrange(answer);
    this.shown = rows;
    render(this.page(answer, rows.length, problem), this.root);
    this.table.set({rows, columns, sort, selected: this.selectedKey(), label: this.isTree ? 'Ranges as a tree' : 'Ranges'});
    this.showBanner(answer);
    this.showInspector(answer);
  }

  private showBanner(answer: TableAnswer): void {
    const content = lossBanner(answer.losses);
    render(content ?? nothing, this.bannerNode);
    this.host.banner(content ? this.bannerNode : undefined);
  }

  private askAgain(): void {
    this.asked = '';
    this.update();
  }

  private arrange(answer: TableAnswer): {rows: ShownRow[]; columns: ReturnType<typeof rangeColumns>; sort: readonly SortKey[]; problem?: string} {
    const all = answer.rows.map(flatRow);
    const {matches, problem} = matcher(this.filter);
    const wanted = this.isTree ? this.nodes.rows((rows) => rows) : all.filter((row) => matches(row.name));
    const columns = rangeColumns({rows: wanted, all: this.isTree ? all : wanted, isTree: this.isTree, hasSteps: answer.step_count > 0});
    const sort = parseSort(this.host.url.get('sort'), columns, BY_COST[this.isTree ? 'tree' : 'flat'] ?? []);
    const rows = this.isTree ? this.nodes.rows((siblings) => sortRows(siblings, columns, sort)) : sortRows(wanted, columns, sort);
    return {rows, columns, sort, ...(problem ? {problem} : {})};
  }

  private page(answer: TableAnswer, shownCount: number, problem: string | undefined): TemplateResult {
    const {finding, advice} = answer.headline;
    const head = answer.row_count === 0 ? nothing // the state below says it
      : html`<h1 class="finding">${finding}${advice ? html`<span class="then">${advice}</span>` : nothing}</h1>
        <p class="context">${this.context(answer, shownCount)}</p>`;
    return html`<header class="page-head"><div>${head}</div>
      <div class="page-actions"><button class="button" type="button" title="Export CSV (X)" @click=${() => this.exportCsv()}>${icon('download')}Export CSV</button></div></header>
      <div class="toolbar">
        <label class=${problem ? 'field invalid' : 'field'}>${icon('search')}<input type="search" data-search placeholder="Filter ranges (regex)" aria-label="Filter ranges"
          .value=${this.filter} @input=${(event: Event) => this.host.url.set({q: (event.target as HTMLInputElement).value})}><kbd>/</kbd></label>
        <div class="segmented" role="group" aria-label="Layout">${[['tree', 'Tree'], ['flat', 'Flat']].map(([id, name]) => html`<button type="button"
          aria-pressed=${String((id === 'tree') === this.isTree)} ?disabled=${id === 'tree' && this.filter !== ''}
          @click=${() => this.host.url.set({mode: id === 'tree' ? undefined : id, sort: undefined}, {push: true})}>${name}</button>`)}</div>
        <div class="segmented" role="group" aria-label="Where">${WHERE.map(([id, name]) => html`<button type="button" aria-pressed=${String(id === this.where)}
          @click=${() => this.host.url.set({where: id === 'host' ? undefined : id}, {push: true})}>${name}</button>`)}</div>
        ${problem ? html`<span class="small problem">${problem}</span>` : nothing}
      </div>
      ${shownCount > 0 ? this.tableHost : this.nothingShown(answer)}`;
  }

  private context(answer: TableAnswer, shownCount: number): string {
    const hidden = answer.row_count - shownCount;
    const parts = [this.isTree ? `${format.plural(answer.row_count, 'range')} in a tree of what called what`
      : hidden > 0 ? `${format.integer(shownCount)} of ${format.plural(answer.row_count, 'range')}` : format.plural(answer.row_count, 'range')];
    if (!this.isTree) parts.push(`self time of these ${format.duration(this.shown.reduce((sum, row) => sum + row.self_ns, 0))}`);
    parts.push(`capture of ${format.duration(answer.span_ns)}`);
    if (answer.others.rows > 0) parts.push(`${format.integer(answer.others.rows)} cheaper names left out`);
    if (this.isTree && this.nodes.leftOut > 0) parts.push(`${format.count(this.nodes.leftOut)} calls are too deep for the tree`);
    return parts.join(' · ');
  }

  private nothingShown(answer: TableAnswer): TemplateResult {
    if (this.isTree && this.treeError) return errorState('The tree could not be read', this.treeError, () => this.askAgain());
    if (this.filter) {
      return emptyState(html`No range matches <code>${this.filter}</code>`, `${format.plural(answer.row_count, 'range is', 'ranges are')} hidden by the filter.`, undefined,
        html`<button class="button" type="button" @click=${() => this.host.url.set({q: undefined})}>Clear the filter <kbd>Esc</kbd></button>`);
    }
    if (this.isTree && answer.row_count > 0) return skeleton([260]);
    if (this.where === 'device') return emptyState('No GPU work was recorded', 'This capture holds only what the host did.', undefined,
      html`<button class="button" type="button" @click=${() => this.host.url.set({where: undefined})}>Show the host</button>`);
    return emptyState('No ranges were recorded', 'Ranges appear here as soon as the program enters one.', 'tbprof::Range range("forward", tbprof::Category::forward);');
  }

  private choose(row: ShownRow): void {
    if (row.more === 'loads') return this.nodes.loadMore(row.path?.slice(0, -1) ?? []);
    if (row.more) return this.host.url.set({mode: 'flat', sort: undefined}, {push: true});
    this.host.selection.set(row.path ? {kind: 'path', names: row.path} : {kind: 'name', name: row.name});
  }

  private selectedKey(): string | undefined {
    return this.selectedRow()?.key;
  }

  private selectedRow(): ShownRow | undefined {
    const selected = this.host.selection.value;
    if (selected?.kind === 'path') {
      if (this.isTree) return this.nodes.find(selected.names);
      const last = selected.names.at(-1);
      return this.flatRows().find((row) => row.key === last);
    }
    if (selected?.kind === 'name') return this.flatRows().find((row) => row.name === selected.name);
    return undefined;
  }

  private flatRows(): ShownRow[] {
    return (this.state?.value?.rows ?? []).map(flatRow);
  }

  /** A link to a node far down the tree unfolds the way to it, once. */
  private revealSelection(): void {
    const selected = this.host.selection.value;
    if (selected?.kind !== 'path') return;
    const text = `${this.asked} ${JSON.stringify(selected.names)}`;
    if (text === this.revealed || this.nodes.find(selected.names.slice(0, 1)) === undefined) return;
    this.revealed = text;
    void this.nodes.reveal(selected.names);
  }

  private showInspector(answer: TableAnswer): void {
    const row = this.selectedRow();
    if (!row) return this.host.inspect(undefined);
    render(rangeInspector(row, {
      host: this.host,
      span_ns: answer.span_ns,
      stepCount: answer.step_count,
      children: row.path ? this.nodes.childrenOf(row.path) : [],
      choose: (child) => this.choose(child),
    }), this.inspector);
    this.host.inspect(this.inspector);
  }

  private exportCsv(): void {
    const answer = this.state?.value;
    if (answer) download('ranges.csv', toCsv(this.shown, this.arrange(answer).columns));
  }
}

function matcher(filter: string): {matches: (name: string) => boolean; problem?: string} {
  if (!filter) return {matches: () => true};
  try {
    const expression = new RegExp(filter, 'i');
    return {matches: (name) => expression.test(name)};
  } catch {
    return {matches: () => true, problem: `${filter} is no complete expression. Showing all ranges.`};
  }
}

export const panel = definePanel({
  title: 'Ranges',
  group: 'profile',
  order: 40,
  key: 'r',
  keys: [
    {keys: '↑ ↓', does: 'row above, below'},
    {keys: '← →', does: 'fold, unfold'},
    {keys: 'Enter', does: 'details of the row'},
    {keys: 'X', does: 'export what is shown'},
  ],
  mount: (root, host) => new Ranges(root, host),
});
