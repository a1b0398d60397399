/** The columns of ranges: bars beside numbers, one unit a column, spread on a log axis. */
import {html, nothing, type TemplateResult} from 'lit/html.js';
import {categoryLabel, categoryLook} from '../_kit/category';
import {barCell, type TableColumn} from '../_kit/data_table';
import {vars} from '../_kit/dom';
import {DIGIT_PX, figureColumn} from '../_kit/figure_column';
import * as format from '../_kit/format';
import {textWidth} from '../_kit/text_width';
import type {ShownRow} from './answers';
import {SPREAD_PX, SpreadAxis} from './spread';

/** A bar and what is around it, beside its number. */
const BAR_PX = 104;
const WIDEST_BAR_PX = 260;
const CELL_PAD_PX = 16;
const LEAST_COUNT_PX = 60;
const NARROW_PAD_PX = 8;
const LEAST_NAME_PX = 200;
const WIDEST_NAME_PX = 760;
/** Swatch, fold and what is around them, and the levels of a tree that are mostly open. */
const BESIDE_NAME_PX = 44;
const TREE_PX = 120;

const HINTS = {
  count: 'How often it was entered',
  total: 'The time of all its calls. Each thread counts: threads at once, and calls within their like, add up to more than the capture takes',
  self: 'Total less what is nested in it',
  per_step: 'The total inside complete steps, by their number',
  mean: 'Total by calls',
  max: 'The longest call',
  spread: 'Line: the least call to p99; dot: the mean',
} as const;

export interface RangeColumnsOf {
  readonly rows: readonly ShownRow[];
  /** What units and widths are made for: they stay when a tree unfolds. */
  readonly all: readonly ShownRow[];
  readonly isTree: boolean;
  readonly hasSteps: boolean;
}

export function rangeColumns({rows, all, isTree, hasSteps}: RangeColumnsOf): TableColumn<ShownRow>[] {
  const of = (pick: (row: ShownRow) => number): Durations => ({values: [...all.map(pick), ...(isTree ? rows.map(pick) : [])], pick});
  // What is nested in its like counts twice in the flat list, not in the tree.
  const greatestTotal = greatest((isTree ? rows : all).map((row) => row.total_ns));
  const columns: (TableColumn<ShownRow> | undefined)[] = [
    {key: 'name', title: 'Range', kind: 'text', width_px: LEAST_NAME_PX, most_px: nameWidth(all, isTree), sortBy: (row) => row.name, cell: nameCell, csv: (row) => row.path?.join(' / ') ?? row.name},
    {key: 'category', title: 'Category', kind: 'text', width_px: 112, priority: 3, sortBy: (row) => row.category, cell: categoryCell, csv: (row) => row.category},
    {key: 'count', title: 'Calls', hint: HINTS.count, kind: 'number', width_px: countWidth(all), priority: 2, sortBy: (row) => row.count, cell: (row) => format.integer(row.count), csv: (row) => row.count},
    bar('total', 'Total', of((row) => row.total_ns), greatestTotal),
    bar('self', 'Self', of((row) => row.self_ns), greatest(all.map((row) => row.self_ns))),
    hasSteps && !isTree ? plain('per_step', 'A step', of((row) => row.per_step_ns ?? 0), 3) : undefined,
    plain('mean', 'Mean', of((row) => row.mean_ns), 2),
    isTree ? plain('max', 'Max', of((row) => row.max_ns), 3) : spreadColumn(rows),
  ];
  return columns.filter((column) => column !== undefined);
}

function nameWidth(rows: readonly ShownRow[], isTree: boolean): number {
  const longest = rows.reduce((most, row) => (row.name.length > most.length ? row.name : most), '');
  return Math.min(WIDEST_NAME_PX, Math.ceil(textWidth(longest.slice(0, 200), 12, 400, 'mono')) + BESIDE_NAME_PX + (isTree ? TREE_PX : 0));
}

function countWidth(rows: readonly ShownRow[]): number {
  return CELL_PAD_PX + Math.max(LEAST_COUNT_PX, format.integer(greatest(rows.map((row) => row.count))).length * DIGIT_PX);
}

interface Durations {
  readonly values: readonly number[];
  readonly pick: (row: ShownRow) => number;
}

function greatest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

function bar(key: 'total' | 'self', title: string, {values, pick}: Durations, whole_ns: number): TableColumn<ShownRow> {
  const {unit, width_px: digits_px, cell} = figureColumn(values, 'greatest');
  return {
    key, title, unit, hint: HINTS[key], kind: 'bar', width_px: digits_px + BAR_PX, most_px: digits_px + WIDEST_BAR_PX, narrow_px: digits_px + NARROW_PAD_PX, priority: 1, sortBy: pick, csv: pick,
    cell: (row) => barCell(cell(pick(row)), whole_ns > 0 ? pick(row) / whole_ns : 0, categoryLook(row.shade).fill, digits_px),
  };
}

function plain(key: 'per_step' | 'mean' | 'max', title: string, {values, pick}: Durations, priority: 2 | 3): TableColumn<ShownRow> {
  const {unit, width_px, cell} = figureColumn(values, key === 'per_step' ? 'greatest' : 'typical');
  const head_px = (title.length + unit.length + 4) * DIGIT_PX;
  return {key, title, unit, hint: HINTS[key], kind: 'number', width_px: Math.max(width_px, head_px) + CELL_PAD_PX, priority, sortBy: pick, csv: pick, cell: (row) => cell(pick(row))};
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
/** What a kernel gives back tells nothing: the room is its name's. */
const VOID = /^void (?=\S)/;

function nameCode(name: string): TemplateResult {
  // Of a Python frame, "folder/file.py(12): name", the end tells most: its folders give way.
  const [, folders, frame] = PYTHON_FRAME.exec(name) ?? [];
  if (frame !== undefined) return html`<code class="frame" title=${name}>${folders ? html`<span class="rest">${folders}</span>` : nothing}<span class="end">${frame}</span></code>`;
  const start = VOID.exec(name)?.[0].length ?? 0;
  const before = start > 0 ? html`<span class="visually-hidden">${name.slice(0, start)}</span>` : nothing;
  const cut = name.search(/[<(]/);
  if (cut <= 0) return html`<code title=${name}>${before}${name.slice(start)}</code>`;
  return html`<code title=${name}>${before}${name.slice(start, cut)}<span class="rest">${name.slice(cut)}</span></code>`;
}

function spreadColumn(rows: readonly ShownRow[]): TableColumn<ShownRow> {
  const axis = new SpreadAxis(rows);
  return {
    key: 'p99', title: axis.title, axis: axis.head(), hint: HINTS.spread, kind: 'number', width_px: SPREAD_PX + CELL_PAD_PX, priority: 3,
    sortBy: (row) => row.p99_ns ?? 0, csv: (row) => row.p99_ns ?? 0, cell: (row) => axis.cell(row),
  };
}
