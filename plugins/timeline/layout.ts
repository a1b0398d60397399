/** Where each row of the picture stands: heads of groups, and the lanes of their tracks. */
import type {GroupJson, TrackJson} from './answers';

const HEAD_PX = 23;
const LANE_GAP_PX = 1.5;
const TRACK_GAP_PX = 4;
const GROUP_GAP_PX = 3;
/** Lanes of a folded track: seen, not read. */
const FOLDED_LANE_PX = 4;
const FOLDED_LANE_GAP_PX = 0.5;
const NAME_LEAST_PX = 14;
/** Outer frames that stand in one row. */
const OUTER_ROW_PX = 16;
const OUTER_FROM = 2;
/** In the head of a folded group. */
export const IDLE_LINE_PX = 4;
/** Of a name that stands above its track, where there is no column for names. */
export const NAME_ABOVE_PX = 16;

const HEIGHT_PX: Readonly<Record<TrackJson['kind'], number>> = {
  steps: 18, idle: 22, stream: 26, thread: 18, counter: 28,
};

export interface LaneRow {
  readonly depth: number;
  readonly top: number;
  readonly height: number;
}

export interface TrackRows {
  readonly track: TrackJson;
  readonly group: GroupJson;
  readonly top: number;
  readonly bottom: number;
  /** Where its name stands: beside its first lane, or above it. */
  readonly nameTop: number;
  readonly nameHeight: number;
  readonly folded: boolean;
  /** So many outermost lanes share the first row; 0 where each has its own. */
  readonly outer: number;
  readonly lanes: readonly LaneRow[];
}

export interface GroupHead {
  readonly group: GroupJson;
  readonly top: number;
  readonly height: number;
  readonly folded: boolean;
  /** Of a folded group: the tracks whose rows stand in its head. */
  readonly summary: readonly TrackJson[];
}

export interface Layout {
  readonly heads: readonly GroupHead[];
  readonly tracks: readonly TrackRows[];
  readonly height: number;
}

/** Stands among the folded keys while the outer frames of the track are shown. */
export function outerKey(track: TrackJson): string {
  return `${track.key}-frames`;
}

export function hasOuterFrames(track: TrackJson): boolean {
  return track.outer_lanes >= OUTER_FROM && track.outer_lanes < track.lanes;
}

export function layOut(groups: readonly GroupJson[], folded: ReadonlySet<string>, namesAbove: boolean): Layout {
  const heads: GroupHead[] = [];
  const tracks: TrackRows[] = [];
  let top = 0;
  for (const group of groups) {
    const isFolded = folded.has(group.key);
    heads.push({group, top, height: HEAD_PX, folded: isFolded, summary: isFolded ? summaryOf(group) : []});
    top += HEAD_PX + GROUP_GAP_PX;
    if (isFolded) continue;
    for (const track of group.tracks) {
      const rows = trackRows(track, group, top, folded, namesAbove);
      tracks.push(rows);
      top = rows.bottom + TRACK_GAP_PX;
    }
  }
  return {heads, tracks, height: top + TRACK_GAP_PX};
}

function trackRows(track: TrackJson, group: GroupJson, nameTop: number, foldedKeys: ReadonlySet<string>, namesAbove: boolean): TrackRows {
  const top = nameTop + (namesAbove ? NAME_ABOVE_PX : 0);
  const lanes: LaneRow[] = [];
  const folded = foldedKeys.has(track.key);
  const outer = !folded && hasOuterFrames(track) && !foldedKeys.has(outerKey(track)) ? track.outer_lanes : 0;
  const height = folded ? FOLDED_LANE_PX : HEIGHT_PX[track.kind];
  const gap = folded ? FOLDED_LANE_GAP_PX : LANE_GAP_PX;
  let at = top;
  for (let depth = 0; depth < outer; depth++) lanes.push({depth, top: Math.round(at), height: OUTER_ROW_PX});
  if (outer > 0) at += OUTER_ROW_PX + gap;
  for (let depth = outer; depth < track.lanes; depth++) {
    lanes.push({depth, top: Math.round(at), height});
    at += height + gap;
  }
  const bottom = Math.max(at - gap, top + (folded ? HEIGHT_PX.thread : 0));
  const beside = Math.max(NAME_LEAST_PX, folded ? Math.round(bottom) - top : (lanes[0]?.height ?? 0));
  return {track, group, top, bottom: Math.round(bottom), nameTop, nameHeight: namesAbove ? NAME_ABOVE_PX : beside, folded, outer, lanes};
}

function summaryOf(group: GroupJson): readonly TrackJson[] {
  const main = group.tracks.find((track) => track.kind === 'stream' || track.kind === 'thread');
  const idle = group.tracks.find((track) => track.kind === 'idle');
  return [main, idle].filter((track) => track !== undefined);
}

/** The tracks whose rows lie between two heights, in order. */
export function tracksBetween(layout: Layout, top: number, bottom: number): TrackJson[] {
  const found: TrackJson[] = [];
  for (const head of layout.heads) {
    if (head.top < bottom && head.top + head.height > top) found.push(...head.summary);
  }
  for (const rows of layout.tracks) {
    if (rows.top < bottom && rows.bottom > top) found.push(rows.track);
  }
  return found;
}

export function laneAt(layout: Layout, y: number): {rows: TrackRows; lane: LaneRow} | undefined {
  for (const rows of layout.tracks) {
    if (y < rows.top || y >= rows.bottom) continue;
    // Of frames that share a row the innermost is the one that is seen.
    const lane = rows.lanes.findLast((candidate) => y >= candidate.top && y < candidate.top + candidate.height);
    if (lane) return {rows, lane};
  }
  return undefined;
}

export function laneOf(layout: Layout, track: string, depth: number): LaneRow | undefined {
  return rowsOf(layout, track)?.lanes[depth];
}

export function rowsOf(layout: Layout, track: string): TrackRows | undefined {
  return layout.tracks.find((rows) => rows.track.key === track);
}
