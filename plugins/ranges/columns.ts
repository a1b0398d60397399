/** The columns of ranges: bars beside numbers, each in its own unit, spread on a log axis. */
import {html, nothing, svg, type TemplateResult} from 'lit/html.js';
import {categoryLabel, categoryLook} from '../_kit/category';
import {barCell, DIGIT_PX, durationCell, durationWidth, type TableColumn} from '../_kit/data_table';
import {vars} from '../_kit/dom';
import * as format from '../_kit/format';
import type {ShownRow} from './answers';

const SPREAD_PX = 132;
const SPREAD_PAD_PX = 6;
/** A bar and what is around it, beside its number. */
const BAR_PX = 104;
const CELL_PAD_PX = 16;
const LEAST_COUNT_PX = 60;
const NARROW_PAD_PX = 8;

const HINTS = {
  count: 'How often it was entered',
  total: 'The time of all its calls. Each thread counts: threads at once, and calls within their like, add up to more than the capture takes',
  self: 'Total less what is nested in it',
  per_step: 'The total inside complete steps, by their number',
  mean: 'Total by calls',
  max: 'The longest call',
  spread: 'Line: the least call to p99; dot: the mean',
} as const;

export function rangeColumns(rows: readonly ShownRow[], isTree: boolean, hasSteps: boolean): TableColumn<ShownRow>[] {
  const of = (pick: (row: ShownRow) => number): Durations => ({rows, pick});
  const columns: (TableColumn<ShownRow> | undefined)[] = [
    {key: 'name', title: 'Range', kind: 'text', sortBy: (row) => row.name, cell: nameCell, csv: (row) => row.path?.join(' / ') ?? row.name},
    {key: 'category', title: 'Category', kind: 'text', width_px: 112, priority: 3, sortBy: (row) => row.category, cell: categoryCell, csv: (row) => row.category},
    {key: 'count', title: 'Calls', hint: HINTS.count, kind: 'number', width_px: countWidth(rows), priority: 2, sortBy: (row) => row.count, cell: (row) => format.integer(row.count), csv: (row) => row.count},
    bar('total', 'Total', of((row) => row.total_ns)),
    bar('self', 'Self', of((row) => row.self_ns)),
    hasSteps && !isTree ? plain('per_step', 'A step', of((row) => row.per_step_ns ?? 0), 3) : undefined,
    plain('mean', 'Mean', of((row) => row.mean_ns), 2),
    isTree ? plain('max', 'Max', of((row) => row.max_ns), 3) : spreadColumn(rows),
  ];
  return columns.filter((column) => column !== undefined);
}

function countWidth(rows: readonly ShownRow[]): number {
  return CELL_PAD_PX + Math.max(LEAST_COUNT_PX, format.integer(rows.reduce((most, row) => Math.max(most, row.count), 0)).length * DIGIT_PX);
}

interface Durations {
  readonly rows: readonly ShownRow[];
  readonly pick: (row: ShownRow) => number;
}

function bar(key: 'total' | 'self', title: string, {rows, pick}: Durations): TableColumn<ShownRow> {
  const digits_px = durationWidth(rows.map(pick));
  const most = rows.reduce((greatest, row) => Math.max(greatest, pick(row)), 0);
  return {
    key, title, hint: HINTS[key], kind: 'bar', width_px: digits_px + BAR_PX, narrow_px: digits_px + NARROW_PAD_PX, priority: 1, sortBy: pick, csv: pick,
    cell: (row) => barCell(durationCell(pick(row)), most > 0 ? pick(row) / most : 0, categoryLook(row.shade).fill, digits_px),
  };
}

function plain(key: 'per_step' | 'mean' | 'max', title: string, {rows, pick}: Durations, priority: 2 | 3): TableColumn<ShownRow> {
  return {key, title, hint: HINTS[key], kind: 'number', width_px: durationWidth(rows.map(pick)) + CELL_PAD_PX, priority, sortBy: pick, csv: pick, cell: (row) => durationCell(pick(row))};
}

/** A range without a category belongs to the one around it; its word recedes. */
function categoryCell(row: ShownRow): TemplateResult {
  if (row.more) return html``;
  return html`<span class=${row.shade === row.category ? 'quiet' : 'faint'}>${categoryLabel(row.shade)}</span>`;
}

/** The part that tells names apart is in ink, template arguments and the like recede. */
function nameCell(row: ShownRow): TemplateResult {
  if (row.more) return html`<span class="range-more">${row.name}${row.more === 'flat_only' ? ': the flat list has them' : ''}</span>`;
  const content = html`<i class="swatch" ${vars({'--c': categoryLook(row.shade).fill})}></i>${nameCode(row.name)}`;
  return row.path ? content : html`<div class="cell-name">${content}</div>`;
}

const PYTHON_FRAME = /^(.*\/)?([^/]*\(\d+\): .*)$/;

function nameCode(name: string): TemplateResult {
  // Of a Python frame, "folder/file.py(12): name", the end tells most: its folders give way.
  const [, folders, frame] = PYTHON_FRAME.exec(name) ?? [];
  if (frame !== undefined) return html`<code class="frame" title=${name}>${folders ? html`<span class="rest">${folders}</span>` : nothing}<span class="end">${frame}</span></code>`;
  const cut = name.search(/[<(]/);
  if (cut <= 0) return html`<code title=${name}>${name}</code>`;
  return html`<code title=${name}>${name.slice(0, cut)}<span class="rest">${name.slice(cut)}</span></code>`;
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
    hint: HINTS.spread,
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
