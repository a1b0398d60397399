/**
 * One answer of the route "window": the rectangles and pixel columns of some tracks between two
 * times. What came as steps is added up once; all else stays as it came.
 */
import type {Column, ColumnTable, ColumnType} from '../_kit/column_table';

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
  readonly rectangleDuration: Column;
  readonly rectangleId: Uint32Array;
  readonly rectangleName: Column;
  readonly columnPixel: Uint32Array;
  readonly columnShare: Column;
  readonly columnCount: Column;
  /** Where it is another than that of the name; of most windows there is none. */
  readonly columnCategory: Column | undefined;
  readonly columnId: Uint32Array;
  readonly columnName: Column;
  readonly counterPixel: Column;
  readonly counterLow: Column;
  readonly counterHigh: Column;
  readonly counterLast: Float64Array;
  /** How many values of a pixel are NaN or infinite, and the first of them. */
  readonly oddCount: Column;
  readonly oddValue: Float64Array;
  readonly oddTime: Float64Array;
  readonly instantTime: Float64Array;
  readonly instantCount: Column;
  readonly instantName: Column;
  /** Key and value of what the program said besides, by instant. */
  readonly instantFacts = new Map<number, [string, string][]>();
  private readonly rows = new Map<string, RowData[]>();
  private readonly counterSpans: Map<string, Span>;
  private readonly oddSpans: Map<string, Span>;
  private readonly instantSpans: Map<string, Span>;
  private readonly busy = new Map<string, number>();

  constructor(table: ColumnTable) {
    const meta = table.meta as {
      from_ns: number; to_ns: number; width_px: number; tracks: string[]; names: [string, string, number?][];
      instant_facts: [number, string, string][];
    };
    this.from_ns = meta.from_ns;
    this.to_ns = meta.to_ns;
    this.widthPx = meta.width_px;
    this.tracks = meta.tracks;
    this.names = meta.names.map(([text]) => text);
    this.nameCategory = meta.names.map(([, category]) => category);
    this.nameMarked_ns = meta.names.map(([, , marked_ns]) => marked_ns);
    const rectangleEnd = whole(table, 'row_rectangle_end');
    const columnEnd = whole(table, 'row_column_end');
    this.rectangleStart = table.column('rectangle_start_ns', 'f64');
    this.rectangleDuration = narrowest(table, 'rectangle_duration_ns', ['u8', 'u16', 'u32', 'f64']);
    this.rectangleId = addUp(whole(table, 'row_rectangle_id'), whole(table, 'rectangle_id_step'), rectangleEnd);
    this.rectangleName = whole(table, 'rectangle_name');
    this.columnPixel = addUp(whole(table, 'row_column_pixel'), whole(table, 'column_pixel_step'), columnEnd);
    this.columnShare = whole(table, 'column_share');
    this.columnCount = whole(table, 'column_count');
    this.columnCategory = table.has('column_category') ? whole(table, 'column_category') : undefined;
    this.columnId = addUp(whole(table, 'row_column_id'), whole(table, 'column_id_step'), columnEnd);
    this.columnName = whole(table, 'column_name');
    this.counterPixel = whole(table, 'counter_pixel');
    this.counterLow = narrowest(table, 'counter_low', ['f32', 'f64']);
    this.counterHigh = narrowest(table, 'counter_high', ['f32', 'f64']);
    this.counterLast = table.column('counter_last', 'f64');
    this.oddCount = whole(table, 'odd_count');
    this.oddValue = table.column('odd_value', 'f64');
    this.oddTime = table.column('odd_time_ns', 'f64');
    this.instantTime = table.column('instant_time_ns', 'f64');
    this.instantCount = whole(table, 'instant_count');
    this.instantName = whole(table, 'instant_name');
    for (const [i, key, value] of meta.instant_facts) {
      const facts = this.instantFacts.get(i) ?? [];
      facts.push([key, value]);
      this.instantFacts.set(i, facts);
    }
    this.readRows(table, rectangleEnd, columnEnd);
    this.counterSpans = spansOf(whole(table, 'counter_track'), meta.tracks);
    this.oddSpans = spansOf(whole(table, 'odd_track'), meta.tracks);
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

  /** Where the pixels with values of a counter are that are NaN or infinite. */
  odd(track: string): Span | undefined {
    return this.oddSpans.get(track);
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

  private readRows(table: ColumnTable, rectangleEnd: Column, columnEnd: Column): void {
    const track = whole(table, 'row_track');
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
  return narrowest(table, name, ['u8', 'u16', 'u32']);
}

function narrowest(table: ColumnTable, name: string, types: readonly ColumnType[]): Column {
  const type = types.find((candidate) => table.type(name) === candidate);
  if (type === undefined) throw new Error(`Column "${name}" is ${table.type(name) ?? 'missing'}, not one of ${types.join(', ')}.`);
  return table.column(name, type);
}

/** Numbers that came as each row's first and the steps to the next; differences wrap at 2³². */
function addUp(first: Column, step: Column, end: Column): Uint32Array {
  const out = new Uint32Array(step.length);
  let at = 0;
  for (let row = 0; row < first.length; row++) {
    let value = first[row] ?? 0;
    for (const stop = end[row] ?? 0; at < stop; at++) {
      value = (value + (step[at] ?? 0)) >>> 0;
      out[at] = value;
    }
  }
  return out;
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
