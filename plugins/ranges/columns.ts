/** The columns of ranges: bars beside numbers, one unit a column, spread on a log axis. */
import {html, nothing, svg, type TemplateResult} from 'lit/html.js';
import {categoryLabel, categoryLook} from '../_kit/category';
import {barCell, type TableColumn} from '../_kit/data_table';
import {vars} from '../_kit/dom';
import * as format from '../_kit/format';
import type {ShownRow} from './answers';

const SPREAD_PX = 132;
const SPREAD_PAD_PX = 6;
/** Bars need this much room beside their number. */
const BAR_COLUMN_PX = 168;

export function rangeColumns(rows: readonly ShownRow[], isTree: boolean, hasSteps: boolean): TableColumn<ShownRow>[] {
  const greatest = (pick: (row: ShownRow) => number): number => rows.reduce((most, row) => Math.max(most, pick(row)), 0);
  const total = greatest((row) => row.total_ns);
  const self = greatest((row) => row.self_ns);
  const sum = format.columnScale([total, self]);
  const mean = format.usualScale(rows.map((row) => row.mean_ns));
  const perStep = format.usualScale(rows.map((row) => row.per_step_ns));
  const columns: (TableColumn<ShownRow> | undefined)[] = [
    {key: 'name', title: 'Range', kind: 'text', sortBy: (row) => row.name, cell: nameCell, csv: (row) => row.path?.join(' / ') ?? row.name},
    {key: 'category', title: 'Category', kind: 'text', width_px: 112, priority: 3, sortBy: (row) => row.category, cell: categoryCell, csv: (row) => row.category},
    {key: 'count', title: 'Calls', kind: 'number', width_px: 84, priority: 2, sortBy: (row) => row.count, cell: (row) => format.integer(row.count), csv: (row) => row.count},
    bar('total', `Total, ${sum.unit}`, (row) => row.total_ns, total, sum, 1),
    bar('self', `Self, ${sum.unit}`, (row) => row.self_ns, self, sum, 2),
    hasSteps && !isTree ? plain('per_step', `A step, ${perStep.unit}`, (row) => row.per_step_ns ?? 0, perStep, 3) : undefined,
    plain('mean', `Mean, ${mean.unit}`, (row) => row.mean_ns, mean, 2),
    isTree ? plain('max', `Max, ${mean.unit}`, (row) => row.max_ns, mean, 3) : spreadColumn(rows),
  ];
  return columns.filter((column) => column !== undefined);
}

function bar(key: string, title: string, pick: (row: ShownRow) => number, most: number, scale: format.Scale, priority: 1 | 2): TableColumn<ShownRow> {
  return {
    key, title, kind: 'bar', width_px: BAR_COLUMN_PX, priority, sortBy: pick, csv: pick,
    cell: (row) => barCell(format.scaled(pick(row), scale), most > 0 ? pick(row) / most : 0, categoryLook(row.shade).fill, 60),
  };
}

function plain(key: string, title: string, pick: (row: ShownRow) => number, scale: format.Scale, priority: 2 | 3): TableColumn<ShownRow> {
  return {key, title, kind: 'number', width_px: 92, priority, sortBy: pick, csv: pick, cell: (row) => format.scaled(pick(row), scale)};
}

/** A range without a category belongs to the one around it; its word recedes. */
function categoryCell(row: ShownRow): TemplateResult {
  if (row.more) return html``;
  return html`<span class=${row.shade === row.category ? 'quiet' : 'faint'}>${categoryLabel(row.shade)}</span>`;
}

/** The part that tells names apart is in ink, template arguments and the like recede. */
function nameCell(row: ShownRow): TemplateResult {
  if (row.more) return html`<span class="range-more">${row.name}${row.more === 'flat_only' ? ': the flat list has them' : ''}</span>`;
  // Of a Python frame, "file.py(12): name", the end tells most.
  const cut = /\(\d+\): /.test(row.name) ? -1 : row.name.search(/[<(]/);
  const [head, rest] = cut > 0 ? [row.name.slice(0, cut), row.name.slice(cut)] : [row.name, ''];
  const content = html`<i class="swatch" ${vars({'--c': categoryLook(row.shade).fill})}></i>
    <code title=${row.name}>${head}${rest ? html`<span class="rest">${rest}</span>` : nothing}</code>`;
  return row.path ? content : html`<div class="cell-name">${content}</div>`;
}

interface LogAxis {
  readonly low: number;
  readonly high: number;
  at(value: number): number;
}

function logAxis(rows: readonly ShownRow[]): LogAxis {
  const least = rows.reduce((low, row) => Math.min(low, Math.max(1, row.min_ns)), Infinity);
  const most = rows.reduce((high, row) => Math.max(high, row.max_ns), 1);
  const low = 10 ** Math.floor(Math.log10(Number.isFinite(least) ? least : 1));
  const high = Math.max(low * 10, 10 ** Math.ceil(Math.log10(most)));
  const width = SPREAD_PX - 2 * SPREAD_PAD_PX;
  return {low, high, at: (value) => SPREAD_PAD_PX + (Math.log(Math.max(low, value) / low) / Math.log(high / low)) * width};
}

function spreadColumn(rows: readonly ShownRow[]): TableColumn<ShownRow> {
  const axis = logAxis(rows);
  const ticks = [axis.low, Math.sqrt(axis.low * axis.high), axis.high];
  const middle = 10 ** Math.round(Math.log10(ticks[1] ?? 1));
  return {
    key: 'p99',
    title: `${format.duration(axis.low)} to ${format.duration(axis.high)}, log`,
    kind: 'number',
    width_px: SPREAD_PX + 16,
    priority: 3,
    sortBy: (row) => row.p99_ns ?? 0,
    csv: (row) => row.p99_ns ?? 0,
    cell: (row) => spreadCell(row, axis, middle),
  };
}

/** Whisker from the least to p99, a dot at the mean. */
function spreadCell(row: ShownRow, axis: LogAxis, middle: number): TemplateResult {
  const p99 = row.p99_ns ?? row.max_ns;
  const label = `least ${format.duration(row.min_ns)}, median ${format.duration(row.p50_ns)}, mean ${format.duration(row.mean_ns)}, p99 ${format.duration(p99)}, most ${format.duration(row.max_ns)}`;
  return html`<svg class="spread" width=${SPREAD_PX} height="16" role="img" aria-label=${label}>
    ${svg`<title>${label}</title><path class="grid" d=${`M${Math.round(axis.at(middle)) + 0.5} -6v28`}></path>
      <path class="whisker" d=${`M${axis.at(row.min_ns)} 8H${Math.max(axis.at(p99), axis.at(row.min_ns) + 0.1)}`}></path>
      <circle cx=${axis.at(row.mean_ns)} cy="8" r="3"></circle>`}</svg>`;
}
