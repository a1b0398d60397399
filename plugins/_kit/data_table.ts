/**
 * A dense table: sticky head, sorted by its columns, drawn only where it is seen when it is long,
 * walked with the keys; rows may be those of a tree, laid flat by whoever owns them.
 * The owner sorts (table_order.ts) and gives rows in the order in which they are to stand.
 */
import {html, nothing, render, type TemplateResult} from 'lit/html.js';
import {onResize, vars} from './dom';
import {icon} from './icons';
import {nextSort, type SortKey} from './table_order';
import {narrowRoom, wideRoom} from './table_room';

export interface TableColumn<Row> {
  readonly key: string;
  readonly title: string;
  /** What its values are, on hovering the head. */
  readonly hint?: string;
  /** bar: a number with its bar beside it, see barCell(). */
  readonly kind: 'text' | 'number' | 'bar';
  /** Of its numbers; stands after the title. */
  readonly unit?: string;
  /** An axis instead of the title, as wide as the cells. */
  readonly axis?: TemplateResult;
  /** The least that it needs. */
  readonly width_px: number;
  /** Where there is more room: up to this. */
  readonly most_px?: number;
  /** The same on the narrowest screens, where bars go. */
  readonly narrow_px?: number;
  /** 1 stays on the narrowest screens, 3 goes first. */
  readonly priority?: 1 | 2 | 3;
  /** Missing: the column does not sort. */
  readonly sortBy?: (row: Row) => number | string;
  readonly cell: (row: Row) => TemplateResult | string;
  /** Missing: the column is not exported. */
  readonly csv?: (row: Row) => string | number;
}

/** Where a row stands in a tree; a flat table has none. */
export interface TreePlace {
  readonly depth: number;
  readonly isOpen: boolean | undefined; // undefined: a leaf
}

export interface TableEvents<Row> {
  keyOf(row: Row): string;
  choose(row: Row): void;
  sort(sort: readonly SortKey[]): void;
  /** undefined for a row of a flat table. */
  place?(row: Row): TreePlace | undefined;
  setOpen?(row: Row, isOpen: boolean): void;
}

export interface TableData<Row> {
  readonly rows: readonly Row[];
  readonly columns: readonly TableColumn<Row>[];
  readonly sort: readonly SortKey[];
  readonly selected: string | undefined;
  /** What the table is, for a screen reader. */
  readonly label: string;
}

const VIRTUAL_FROM_ROWS = 200;
const SPARE_ROWS = 12;
const NARROW_PX = 560;

export class DataTable<Row> {
  private data: TableData<Row> | undefined;
  private at: string | undefined;
  private row_px = 28;
  private readonly id = `table-${++made}`;
  private readonly stop: () => void;

  constructor(
    private readonly host: HTMLElement,
    private readonly events: TableEvents<Row>,
  ) {
    host.classList.add('data-table');
    host.addEventListener('scroll', () => this.scrolled(), {passive: true});
    this.stop = onResize(host, () => this.draw());
  }

  set(data: TableData<Row>): void {
    this.data = data;
    this.draw();
  }

  /** Moves the keys' place to the table. */
  focus(): void {
    this.host.querySelector('table')?.focus();
  }

  dispose(): void {
    this.stop();
    render(nothing, this.host);
  }

  private get indexAt(): number {
    const key = this.at ?? this.data?.selected;
    return this.data?.rows.findIndex((row) => this.events.keyOf(row) === key) ?? -1;
  }

  private padding_px(): number {
    const {paddingLeft, paddingRight} = getComputedStyle(this.host);
    return Number.parseFloat(paddingLeft) + Number.parseFloat(paddingRight);
  }

  private scrolled(): void {
    if ((this.data?.rows.length ?? 0) > VIRTUAL_FROM_ROWS) this.draw();
  }

  private draw(): void {
    const {data} = this;
    if (!data) return;
    const width_px = this.host.clientWidth;
    const isNarrow = width_px < NARROW_PX;
    this.host.classList.toggle('narrow', isNarrow);
    this.row_px = Number.parseFloat(getComputedStyle(this.host).getPropertyValue('--row-height')) || this.row_px;
    const room = isNarrow ? narrowRoom(data.columns) : wideRoom(data.columns, width_px - this.padding_px());
    const columns = room.columns.map(({column}) => column);
    const {first, last} = this.window(data.rows.length);
    const top = data.rows[0];
    const isTree = top !== undefined && this.events.place?.(top) !== undefined;
    const at = this.indexAt;
    render(
      html`<table class="table" role=${isTree ? 'treegrid' : 'grid'} tabindex="0" aria-label=${data.label} ${vars({'--table-width': px(room.width_px)})}
          aria-rowcount=${data.rows.length + 1} aria-activedescendant=${at >= 0 ? `${this.id}-${at}` : nothing}
          @keydown=${(event: KeyboardEvent) => this.press(event)}>
        <colgroup>${room.columns.map(({width_px: wide}) => html`<col ${vars({width: px(wide)})}>`)}</colgroup>
        <thead><tr aria-rowindex="1">${columns.map((column) => this.head(column, data.sort))}</tr></thead>
        <tbody>
          ${spacer(first * this.row_px)}
          ${data.rows.slice(first, last).map((row, i) => this.row(row, first + i, columns, at))}
          ${spacer((data.rows.length - last) * this.row_px)}
        </tbody></table>`,
      this.host,
    );
  }

  private window(count: number): {first: number; last: number} {
    if (count <= VIRTUAL_FROM_ROWS) return {first: 0, last: count};
    const shown = Math.ceil((this.host.clientHeight || 600) / this.row_px) + 2 * SPARE_ROWS;
    // An even first row, so that no row is redrawn for a pixel of scrolling.
    const first = Math.max(0, Math.min(count - shown, Math.floor(this.host.scrollTop / this.row_px) - SPARE_ROWS));
    return {first, last: Math.min(count, first + shown)};
  }

  private head(column: TableColumn<Row>, sort: readonly SortKey[]): TemplateResult {
    const found = sort.find((key) => key.key === column.key);
    const direction = found ? (found.descending ? 'descending' : 'ascending') : nothing;
    const title = column.axis ? html`<span class="visually-hidden">${column.title}</span>${column.axis}` : column.unit ? `${column.title}, ${column.unit}` : column.title;
    return html`<th scope="col" class=${column.axis ? `${column.kind} axis` : column.kind} aria-sort=${direction} title=${column.hint ?? nothing}>${column.sortBy
      ? html`<button type="button" @click=${(event: MouseEvent) => this.events.sort(nextSort(sort, column, event.shiftKey))}>${title}</button>`
      : title}</th>`;
  }

  private row(row: Row, index: number, columns: readonly TableColumn<Row>[], at: number): TemplateResult {
    const key = this.events.keyOf(row);
    const place = this.events.place?.(row);
    return html`<tr id=${`${this.id}-${index}`} aria-rowindex=${index + 2} class=${index === at ? 'at' : ''}
        aria-selected=${key === this.data?.selected ? 'true' : 'false'} aria-level=${place ? place.depth + 1 : nothing}
        aria-expanded=${place?.isOpen === undefined ? nothing : String(place.isOpen)}
        @click=${() => this.choose(row)}>
      ${columns.map((column, i) => html`<td class=${column.kind}>${i === 0 && place ? this.treeCell(row, column, place) : column.cell(row)}</td>`)}
    </tr>`;
  }

  private treeCell(row: Row, column: TableColumn<Row>, place: TreePlace): TemplateResult {
    const fold = place.isOpen === undefined ? html`<span class="fold-space"></span>`
      : html`<button class="fold" type="button" tabindex="-1" aria-expanded=${String(place.isOpen)}
          aria-label=${place.isOpen ? 'Fold' : 'Unfold'}
          @click=${(event: Event) => {
            event.stopPropagation();
            this.events.setOpen?.(row, !place.isOpen);
          }}>${icon('right')}</button>`;
    return html`<div class="cell-name" ${vars({'--depth': place.depth})}>${fold}${column.cell(row)}</div>`;
  }

  private choose(row: Row): void {
    this.at = this.events.keyOf(row);
    this.events.choose(row);
  }

  private press(event: KeyboardEvent): void {
    if (!this.data || event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const {rows} = this.data;
    const at = this.indexAt;
    const page = Math.max(1, Math.floor(this.host.clientHeight / this.row_px) - 2);
    const moves: Record<string, number> = {
      ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: rows.length - 1,
    };
    const to = moves[event.key];
    const row = rows[at];
    if (to !== undefined) this.moveTo(Math.min(rows.length - 1, Math.max(0, to)));
    else if (row && (event.key === 'Enter' || event.key === ' ')) this.choose(row);
    else if (row && event.key === 'ArrowRight') this.unfold(row, at);
    else if (row && event.key === 'ArrowLeft') this.fold(row, at);
    else return;
    event.preventDefault();
  }

  private unfold(row: Row, at: number): void {
    const place = this.events.place?.(row);
    if (place?.isOpen === false) this.events.setOpen?.(row, true);
    else if (place?.isOpen) this.moveTo(at + 1);
  }

  /** Folds an open row, else goes up to the row that it is in. */
  private fold(row: Row, at: number): void {
    const place = this.events.place?.(row);
    if (place?.isOpen) return this.events.setOpen?.(row, false);
    if (!place || !this.data) return;
    for (let i = at - 1; i >= 0; i--) {
      const above = this.data.rows[i];
      if (above && (this.events.place?.(above)?.depth ?? 0) < place.depth) return this.moveTo(i);
    }
  }

  private moveTo(index: number): void {
    const row = this.data?.rows[index];
    if (!row) return;
    this.at = this.events.keyOf(row);
    const head_px = this.host.querySelector('thead')?.clientHeight ?? 0;
    const [top, bottom] = [index * this.row_px, (index + 1) * this.row_px];
    if (top < this.host.scrollTop) this.host.scrollTop = top;
    const end = this.host.scrollTop + this.host.clientHeight - head_px;
    if (bottom > end) this.host.scrollTop += bottom - end;
    this.draw();
  }
}

let made = 0;

function spacer(height_px: number): TemplateResult | typeof nothing {
  return height_px > 0 ? html`<tr class="spacer" aria-hidden="true" ${vars({'--h': `${height_px}px`})}><td></td></tr>` : nothing;
}

function px(width: number | undefined): string | undefined {
  return width === undefined ? undefined : `${width}px`;
}

/** A number and its bar beside it; `share` of the column's greatest, 0 to 1. */
export function barCell(number: TemplateResult | string, share: number, fill: string, digits_px = 52): TemplateResult {
  return html`<div class="cell-bar" ${vars({'--digits': `${digits_px}px`})}><span>${number}</span><i class="bar-fill" ${vars({'--v': Math.max(0, Math.min(1, share)), '--c': fill})}></i></div>`;
}
