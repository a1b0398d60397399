/** What the routes of this dashboard answer; README.md describes them. */

import type {StepTimes} from '../_kit/step_time';

export type TrackKind = 'steps' | 'idle' | 'stream' | 'thread' | 'counter';

export interface TrackJson {
  readonly key: string;
  readonly kind: TrackKind;
  readonly title: string;
  readonly lanes: number;
  /** So many outermost lanes hold one Python frame each that lasts as long as the thread is seen. */
  readonly outer_lanes: number;
  readonly slices: number;
  readonly busy_ns: number;
  readonly first_ns: number;
  readonly last_ns: number;
  /** Of a counter: the range of its finite values, null without any. */
  readonly low?: number | null;
  readonly high?: number | null;
}

export interface GroupJson {
  readonly key: string;
  readonly title: string;
  readonly note: string;
  readonly device: boolean;
  readonly tracks: readonly TrackJson[];
}

export interface LossJson {
  readonly kind: string;
  readonly count: number;
  readonly from_ns: number;
  readonly until_ns: number;
  readonly detail: string;
}

export interface WindowJson {
  readonly start_ns: number;
  readonly end_ns: number;
  readonly cause: string;
  readonly label: string;
}

export interface TracksJson {
  readonly duration_ns: number;
  readonly start_unix_ns: number;
  readonly covered_until_ns: number;
  readonly state: 'live' | 'finished' | 'cut';
  readonly slices: number;
  readonly steps: TrackJson;
  /** Longer steps are slow. */
  readonly slow_above_ns: number;
  /** What was recorded, by time; null: all of it. */
  readonly windows: readonly WindowJson[] | null;
  readonly groups: readonly GroupJson[];
  readonly losses: readonly LossJson[];
}

export interface ShortSlice {
  readonly id: number;
  readonly name: string;
  readonly category: string;
  readonly start_ns: number;
  readonly duration_ns: number;
  readonly track: string;
  readonly track_title: string;
  readonly group_title: string;
  readonly depth: number;
}

export interface StepJson extends StepTimes {
  readonly number: number;
  /** Among the steps of the ruler. */
  readonly index: number;
  readonly step_count: number;
  /** The thread that marked it. */
  readonly track_title: string;
  readonly slow: boolean;
  readonly median_ns: number;
  readonly complete: boolean;
}

export interface SearchJson {
  readonly count: number;
  readonly before: number;
  readonly slice: SliceJson | null;
}

export interface SliceJson extends ShortSlice {
  readonly self_ns: number;
  readonly parents: readonly ShortSlice[];
  readonly children: readonly {name: string; category: string; count: number; total_ns: number}[];
  readonly child_count: number;
  readonly attributes: readonly (readonly [string, string])[];
  readonly launches: readonly ShortSlice[];
  readonly launch_count: number;
  readonly launched_by: readonly ShortSlice[];
  readonly step: StepJson | null;
  readonly alike: {
    readonly count: number;
    readonly before: number;
    readonly on_track: number;
    readonly total_ns: number;
    readonly shortest_ns: number;
    readonly longest_ns: number;
  };
}

export interface GapJson {
  readonly start_ns: number;
  readonly duration_ns: number;
  readonly number: number;
  readonly gap_count: number;
  readonly work_before: ShortSlice | null;
  readonly work_after: ShortSlice | null;
  readonly launch_after: ShortSlice | null;
  readonly host: readonly ShortSlice[];
  readonly step: StepJson | null;
}

/** The device of an idle track, from its key. */
export function deviceOf(key: string): number {
  return Number(key.slice('idle'.length));
}
