/** What lies under a point of the picture. */
import type {TrackJson} from './answers';
import {laneAt, type LaneRow, type Layout, type TrackRows} from './layout';
import type {Loader} from './loader';
import type {Recorded} from './recorded';
import {firstNotBelow, firstTouching} from './row_painter';
import type {View} from './view';
import type {RowData, WindowData} from './window_data';

/** A pointer this near to a narrow slice means it. */
const NEAR_PX = 3;
/** Instants stand above their track; this far above and below its upper edge they are meant. */
const INSTANT_ABOVE_PX = 4;
const INSTANT_BELOW_PX = 2;

export interface Hit {
  readonly track: TrackJson;
  readonly depth: number;
  readonly id: number;
  readonly name: string;
  readonly category: string;
  readonly start_ns: number;
  readonly duration_ns: number;
  /** How many slices the column stands for; 1 is the slice itself. */
  readonly count: number;
  /** Of a column: the share that is covered. */
  readonly share: number;
  readonly isColumn: boolean;
  /** A moment, not a slice: it can be pointed at, not selected. */
  readonly isInstant?: boolean;
  /** Of an instant: key and value of what the program said besides its name. */
  readonly facts?: readonly (readonly [string, string])[] | undefined;
  /** What a counter says there; it can be pointed at, not selected. */
  readonly value?: number;
}

export interface Pointed {
  readonly view: View;
  readonly layout: Layout;
  readonly loader: Loader;
  readonly recorded: Recorded;
  readonly width_px: number;
  readonly ratio: number;
}

/** x is in CSS pixels from the picture's left, y from the top of all tracks. */
export function hitAt(at: Pointed, x: number, y: number): Hit | undefined {
  const instant = instantAt(at, x, y);
  if (instant) return instant;
  const found = laneAt(at.layout, y);
  if (!found) return undefined;
  const {track} = found.rows;
  const nsPerPx = at.view.length_ns / at.width_px;
  const time = at.view.from_ns + x * nsPerPx;
  const list = at.loader.dataFor(track.key, at.view.from_ns, at.view.to_ns, nsPerPx / at.ratio);
  const data = list.findLast((candidate) => candidate.from_ns <= time && candidate.to_ns >= time);
  if (track.kind === 'counter') return data && counterAt(data, track, time, nsPerPx * NEAR_PX, at.recorded);
  const row = data?.row(track.key, found.lane.depth);
  if (!data || !row) return undefined;
  return rectangleAt(data, row, track, found.lane, time, 0) ?? columnAt(data, row, track, found.lane, time, nsPerPx)
    ?? rectangleAt(data, row, track, found.lane, time, nsPerPx * NEAR_PX);
}

function instantAt(at: Pointed, x: number, y: number): Hit | undefined {
  const rows = at.layout.tracks.find(({top}) => y >= top - INSTANT_ABOVE_PX && y < top + INSTANT_BELOW_PX);
  if (!rows) return undefined;
  const nsPerPx = at.view.length_ns / at.width_px;
  const time = at.view.from_ns + x * nsPerPx;
  const data = at.loader.dataFor(rows.track.key, at.view.from_ns, at.view.to_ns, nsPerPx / at.ratio)
    .findLast((candidate) => candidate.from_ns <= time && candidate.to_ns >= time);
  return data && nearestInstant(data, rows, time, nsPerPx * NEAR_PX);
}

function nearestInstant(data: WindowData, {track}: TrackRows, time: number, near_ns: number): Hit | undefined {
  const span = data.instants(track.key);
  if (!span) return undefined;
  let best: number | undefined;
  for (let i = span.begin; i < span.end; i++) {
    const distance = Math.abs((data.instantTime[i] ?? 0) - time);
    if (distance <= near_ns && (best === undefined || distance < Math.abs((data.instantTime[best] ?? 0) - time))) best = i;
  }
  if (best === undefined) return undefined;
  const name = data.instantName[best] ?? 0;
  return {
    track, depth: -1, id: best, name: data.names[name] ?? '', category: data.nameCategory[name] ?? 'other',
    start_ns: data.instantTime[best] ?? 0, duration_ns: 0, count: data.instantCount[best] ?? 1, share: 0, isColumn: false, isInstant: true,
    facts: data.instantFacts.get(best),
  };
}

/** The value at the time; near one that is NaN or infinite, that one. */
function counterAt(data: WindowData, track: TrackJson, time: number, near_ns: number, recorded: Recorded): Hit | undefined {
  const hit = {track, depth: -1, name: track.title, category: 'other', duration_ns: 0, share: 0, isColumn: false, isInstant: true};
  const odd = data.odd(track.key);
  if (odd) {
    const i = firstNotBelow(data.oddTime, odd.begin, odd.end, time - near_ns);
    const start_ns = data.oddTime[i] ?? 0;
    if (i < odd.end && start_ns <= time + near_ns) return {...hit, id: i, start_ns, count: data.oddCount[i] ?? 1, value: data.oddValue[i] ?? NaN};
  }
  const span = data.counter(track.key);
  if (!span) return undefined;
  const i = firstNotBelow(data.counterPixel, span.begin, span.end, Math.floor((time - data.from_ns) / data.nsPerPx) + 1) - 1;
  const pixel = data.counterPixel[i] ?? 0;
  if (i < span.begin || time > recorded.validity(data.edge_ns(pixel), data.edge_ns(pixel + 1)).until_ns) return undefined;
  return {...hit, id: i, start_ns: data.edge_ns(pixel), count: 1, value: data.counterLast[i] ?? NaN};
}

function rectangleAt(data: WindowData, row: RowData, track: TrackJson, lane: LaneRow, time: number, near_ns: number): Hit | undefined {
  const i = firstTouching(data, row, time - near_ns);
  if (i >= row.rectangleEnd) return undefined;
  const start_ns = data.rectangleStart[i] ?? 0;
  if (start_ns > time + near_ns) return undefined;
  const name = data.rectangleName[i] ?? 0;
  return {
    track, depth: lane.depth, id: data.rectangleId[i] ?? 0,
    name: data.names[name] ?? '', category: data.nameCategory[name] ?? 'other',
    start_ns, duration_ns: data.rectangleDuration[i] ?? 0, count: 1, share: 1, isColumn: false,
  };
}

function columnAt(data: WindowData, row: RowData, track: TrackJson, lane: LaneRow, time: number, nsPerPx: number): Hit | undefined {
  const near = Math.max(0, Math.round((NEAR_PX * nsPerPx) / data.nsPerPx));
  const pixel = Math.floor((time - data.from_ns) / data.nsPerPx);
  let best = -1;
  for (let i = firstNotBelow(data.columnPixel, row.columnBegin, row.columnEnd, pixel - near); i < row.columnEnd; i++) {
    const at = data.columnPixel[i] ?? 0;
    if (at > pixel + near) break;
    if (best < 0 || Math.abs(at - pixel) < Math.abs((data.columnPixel[best] ?? 0) - pixel)) best = i;
  }
  if (best < 0) return undefined;
  const name = data.columnName[best] ?? 0;
  const at = data.columnPixel[best] ?? 0;
  const start_ns = data.edge_ns(at);
  return {
    track, depth: lane.depth, id: data.columnId[best] ?? 0,
    name: data.names[name] ?? '', category: data.nameCategory[name] ?? 'other',
    start_ns, duration_ns: data.edge_ns(at + 1) - start_ns,
    count: data.columnCount[best] ?? 1, share: (data.columnShare[best] ?? 0) / 65535, isColumn: true,
  };
}
