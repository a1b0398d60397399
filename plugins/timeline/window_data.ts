/**
 * One answer of the route "window": the rectangles and pixel columns of some tracks between two
 * times. Columns stay as they came; nothing is copied out.
 */
import type {Column, ColumnTable} from '../_kit/column_table';

/** Where the items of one row begin and end in the columns of its window. */
export interface RowData {
  readonly rectangleBegin: number;
  readonly rectangleEnd: number;
  readonly columnBegin: number;
  readonly columnEnd: number;
  readonly sliceCount: number;
}

/** Where the items of a counter or the instants of a track are. */
export interface Span {
  begin: number;
  end: number;
}

export class WindowData {
  readonly from_ns: number;
  readonly to_ns: number;
  readonly widthPx: number;
  readonly tracks: readonly string[];
  readonly names: readonly string[];
  /** By name. */
  readonly nameCategory: readonly string[];
  /** Of a step: how long the program marked it, where that is not how long it took. */
  readonly nameMarked_ns: readonly (number | undefined)[];
  readonly rectangleStart: Float64Array;
  readonly rectangleDuration: Float64Array;
  readonly rectangleId: Column;
  readonly rectangleName: Column;
  readonly columnPixel: Column;
  readonly columnShare: Column;
  readonly columnCount: Column;
  readonly columnCategory: Column;
  readonly columnId: Column;
  readonly columnName: Column;
  readonly counterPixel: Column;
  readonly counterLow: Float64Array;
  readonly counterHigh: Float64Array;
  readonly counterLast: Float64Array;
  readonly instantTime: Float64Array;
  readonly instantCount: Column;
  readonly instantName: Column;
  private readonly rows = new Map<string, RowData[]>();
  private readonly counterSpans: Map<string, Span>;
  private readonly instantSpans: Map<string, Span>;
  private readonly busy = new Map<string, number>();

  constructor(table: ColumnTable) {
    const meta = table.meta as {
      from_ns: number; to_ns: number; width_px: number; tracks: string[]; names: [string, string, number?][];
    };
    this.from_ns = meta.from_ns;
    this.to_ns = meta.to_ns;
    this.widthPx = meta.width_px;
    this.tracks = meta.tracks;
    this.names = meta.names.map(([text]) => text);
    this.nameCategory = meta.names.map(([, category]) => category);
    this.nameMarked_ns = meta.names.map(([, , marked_ns]) => marked_ns);
    this.rectangleStart = table.column('rectangle_start_ns', 'f64');
    this.rectangleDuration = table.column('rectangle_duration_ns', 'f64');
    this.rectangleId = whole(table, 'rectangle_id');
    this.rectangleName = whole(table, 'rectangle_name');
    this.columnPixel = whole(table, 'column_pixel');
    this.columnShare = whole(table, 'column_share');
    this.columnCount = whole(table, 'column_count');
    this.columnCategory = whole(table, 'column_category');
    this.columnId = whole(table, 'column_id');
    this.columnName = whole(table, 'column_name');
    this.counterPixel = whole(table, 'counter_pixel');
    this.counterLow = table.column('counter_low', 'f64');
    this.counterHigh = table.column('counter_high', 'f64');
    this.counterLast = table.column('counter_last', 'f64');
    this.instantTime = table.column('instant_time_ns', 'f64');
    this.instantCount = whole(table, 'instant_count');
    this.instantName = whole(table, 'instant_name');
    this.readRows(table);
    this.counterSpans = spansOf(whole(table, 'counter_track'), meta.tracks);
    this.instantSpans = spansOf(whole(table, 'instant_track'), meta.tracks);
    const busy = table.column('track_busy_ns', 'f64');
    meta.tracks.forEach((key, i) => this.busy.set(key, busy[i] ?? 0));
  }

  get length_ns(): number {
    return this.to_ns - this.from_ns;
  }

  get nsPerPx(): number {
    return this.length_ns / this.widthPx;
  }

  row(track: string, depth: number): RowData | undefined {
    return this.rows.get(track)?.[depth];
  }

  counter(track: string): Span | undefined {
    return this.counterSpans.get(track);
  }

  instants(track: string): Span | undefined {
    return this.instantSpans.get(track);
  }

  busy_ns(track: string): number {
    return this.busy.get(track) ?? 0;
  }

  /** The time at which a pixel of the window begins. */
  edge_ns(pixel: number): number {
    return this.from_ns + Math.floor((this.length_ns * pixel) / this.widthPx);
  }

  covers(from_ns: number, to_ns: number): boolean {
    return this.from_ns <= from_ns && this.to_ns >= to_ns;
  }

  private readRows(table: ColumnTable): void {
    const track = whole(table, 'row_track');
    const rectangleEnd = whole(table, 'row_rectangle_end');
    const columnEnd = whole(table, 'row_column_end');
    const slices = whole(table, 'row_slices');
    let rectangleBegin = 0;
    let columnBegin = 0;
    for (let i = 0; i < track.length; i++) {
      const key = this.tracks[track[i] ?? 0] ?? '';
      const list = this.rows.get(key) ?? [];
      list.push({
        rectangleBegin, rectangleEnd: rectangleEnd[i] ?? 0,
        columnBegin, columnEnd: columnEnd[i] ?? 0,
        sliceCount: slices[i] ?? 0,
      });
      this.rows.set(key, list);
      rectangleBegin = rectangleEnd[i] ?? 0;
      columnBegin = columnEnd[i] ?? 0;
    }
  }
}

/** A column of whole numbers comes in the narrowest type that holds them. */
function whole(table: ColumnTable, name: string): Column {
  for (const type of ['u8', 'u16', 'u32'] as const) {
    try {
      return table.column(name, type);
    } catch (error) {
      if (type === 'u32') throw error;
    }
  }
  throw new Error(`There is no column "${name}".`);
}

function spansOf(track: Column, keys: readonly string[]): Map<string, Span> {
  const spans = new Map<string, Span>();
  for (let i = 0; i < track.length; i++) {
    const key = keys[track[i] ?? 0] ?? '';
    const span = spans.get(key);
    if (span) span.end = i + 1;
    else spans.set(key, {begin: i, end: i + 1});
  }
  return spans;
}
