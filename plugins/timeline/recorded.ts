/** When the capture was recorded, if not throughout: what lies between was neither idle nor still. */
import type {TracksJson, WindowJson} from './answers';

export interface Stretch {
  readonly from_ns: number;
  readonly until_ns: number;
}

export class Recorded {
  /** Time outside of windows. */
  readonly gaps: readonly Stretch[];
  private readonly windows: readonly WindowJson[] | null;

  constructor(tracks?: TracksJson) {
    this.windows = tracks?.windows ?? null;
    const gaps: Stretch[] = [];
    let until_ns = 0;
    for (const window of this.windows ?? []) {
      if (window.start_ns > until_ns) gaps.push({from_ns: until_ns, until_ns: window.start_ns});
      until_ns = window.end_ns;
    }
    const end_ns = tracks?.duration_ns ?? 0;
    if (this.windows && until_ns < end_ns) gaps.push({from_ns: until_ns, until_ns: end_ns});
    this.gaps = gaps;
  }

  gapAt(time_ns: number): Stretch | undefined {
    return this.gaps.find(({from_ns, until_ns}) => time_ns >= from_ns && time_ns < until_ns);
  }

  /** How much of a stretch was recorded. */
  share(from_ns: number, until_ns: number): number {
    const missing_ns = this.gaps.reduce((sum, gap) => sum + Math.max(0, Math.min(until_ns, gap.until_ns) - Math.max(from_ns, gap.from_ns)), 0);
    return 1 - missing_ns / (until_ns - from_ns);
  }

  /** When a value holds that was seen last in this stretch: within its window. */
  validity(from_ns: number, until_ns: number): Stretch {
    if (!this.windows) return {from_ns, until_ns: Infinity};
    const window = this.windows.findLast(({start_ns, end_ns}) => start_ns < until_ns && end_ns > from_ns);
    return window ? {from_ns: Math.max(from_ns, window.start_ns), until_ns: window.end_ns} : {from_ns, until_ns: from_ns};
  }
}
