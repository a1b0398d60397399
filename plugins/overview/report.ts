/** What ./data/plugin/overview/report answers: see analyzer/report/overview_report.h. Times are ns since trace start. */
import type {Loss} from '../_kit/loss_banner';

export interface Step {
  readonly number: number;
  readonly start_ns: number;
  readonly duration_ns: number;
  readonly marked_start_ns: number;
  readonly marked_duration_ns: number;
  readonly complete: boolean;
  readonly name: string;
  readonly parts: Readonly<Record<string, number>>;
}

export interface SlowStep {
  readonly number: number;
  readonly start_ns: number;
  readonly duration_ns: number;
  readonly excess_ns: number;
  readonly because_key: string;
  readonly because_ns: number;
  readonly sentence: string;
}

export interface Steps {
  readonly count: number;
  readonly complete_count: number;
  /** The list may leave steps out, never slow ones. */
  readonly steps_shown: number;
  readonly median_ns: number;
  readonly mean_ns: number;
  readonly p99_ns: number;
  readonly min_ns: number;
  readonly max_ns: number;
  readonly part_keys: readonly string[];
  readonly list: readonly Step[];
  readonly slow: readonly SlowStep[];
}

export interface Device {
  readonly device: number;
  readonly name: string;
  readonly busy_ns: number;
  readonly idle_ns: number;
  readonly span_ns: number;
  readonly computation_ns: number;
  readonly communication_exposed_ns: number;
  readonly memcpy_exposed_ns: number;
  readonly streams: number;
}

export interface Report {
  readonly capture: {
    readonly state: string;
    readonly state_detail: string;
    readonly format: string;
    readonly path: string;
    readonly size_bytes: number;
    readonly covered_until_ns: number;
    readonly start_unix_ms: number;
    readonly duration_ns: number;
    /** "steps 10-14 of 200"; empty where it was recorded throughout. */
    readonly recorded: string;
    /** Sentences of how the GPU was recorded, and what of it was not. */
    readonly device_notes?: readonly string[];
    readonly properties: Readonly<Record<string, string>>;
  };
  readonly counts: {
    readonly slices: number;
    readonly steps: number;
    readonly instants: number;
    readonly counters: number;
    readonly tracks: number;
    readonly links: number;
  };
  readonly losses: readonly Loss[];
  readonly steps: Steps;
  readonly parts_mean: Readonly<Record<string, number>>;
  readonly devices: readonly Device[];
  readonly headline: {readonly finding: string; readonly advice: string};
}

export function lostCount(report: Report): number {
  return report.losses.reduce((sum, loss) => sum + loss.count, 0);
}

const MOST_SPANS = 3;

/** Numbers as a reader says them: "steps 1200–1219"; "steps 10–14, 30–32" of a recording in windows. */
export function stepSpan(steps: Steps): string | undefined {
  const [first, last] = [steps.list[0], steps.list.at(-1)];
  if (!first || !last) return undefined;
  const spans = numberSpans(steps.list);
  // Where only some of the steps are listed, what is between them is not known.
  const told = steps.steps_shown < steps.count || spans.length > MOST_SPANS ? [{from: first.number, to: last.number}] : spans;
  const texts = told.map(({from, to}) => (from === to ? String(from) : `${from}\u2013${to}`));
  return `${first === last ? 'step' : 'steps'} ${texts.join(', ')}`;
}

function numberSpans(list: readonly Step[]): {from: number; to: number}[] {
  const spans: {from: number; to: number}[] = [];
  for (const {number} of list) {
    const span = spans.at(-1);
    if (span && number === span.to + 1) span.to = number;
    else spans.push({from: number, to: number});
  }
  return spans;
}

export function slowOf(steps: Steps, step: Step): SlowStep | undefined {
  return steps.slow.find((slow) => slow.start_ns === step.start_ns);
}
