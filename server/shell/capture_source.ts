/**
 * What is under the logdir, kept up to date: pushed by the live socket, polled while that is
 * closed. The last list stays while the server does not answer.
 */
import {type DataClient, DataError} from '../../plugins/_kit/data_client';
import type {LiveSocket} from '../../plugins/_kit/live_socket';
import type {CaptureInfo} from '../../plugins/_kit/panel';

interface CaptureJson {
  id: string;
  run: string;
  session: string;
  file: string;
  format: string;
  state: CaptureInfo['state'];
  state_detail: string;
  version: string;
  size_bytes: number;
  facts?: {duration_ns: number; slices: number; steps: number; lost: number} | null;
  /** null where it is no process of a distributed job. */
  rank?: number | null;
  world_size?: number | null;
  /** null until it is known. */
  start_unix_ms: number | null;
  modified_ms: number;
}

interface RunJson {
  name: string;
  has_events: boolean;
  captures: string[];
}

interface AnswerJson {
  runs?: RunJson[];
  captures?: CaptureJson[];
  problems?: unknown[];
}

export interface Catalogue {
  /** Newest first. */
  readonly captures: readonly CaptureInfo[];
  readonly eventRunCount: number;
  readonly problems: readonly string[];
}

const POLL_MS = 3000;
const POLL_BESIDE_PUSHES_MS = 30000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15000;

export class CaptureSource {
  /** undefined until the first answer. */
  catalogue: Catalogue | undefined;
  /** The server answered with an error. */
  error: string | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private retry_ms = FIRST_RETRY_MS;
  private answered_ms = Date.now();
  private running = false;
  private again = false;

  constructor(
    private readonly client: DataClient,
    private readonly socket: LiveSocket,
    private readonly changed: () => void,
  ) {
    socket.listen('core/captures', () => this.load());
    socket.watch((state) => {
      if (state !== 'connecting') this.load();
    });
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.load();
    });
  }

  /** Asks now; a call during a running question asks once more after it. */
  load(): void {
    if (this.running) {
      this.again = true;
      return;
    }
    this.running = true;
    clearTimeout(this.timer);
    void this.ask().finally(() => {
      this.running = false;
      if (this.again) {
        this.again = false;
        this.load();
      }
    });
  }

  private async ask(): Promise<void> {
    try {
      const answer = await this.client.json<AnswerJson>('captures');
      this.answered_ms = Date.now();
      this.retry_ms = FIRST_RETRY_MS;
      this.error = undefined;
      this.catalogue = readCatalogue(answer);
      this.wait(this.socket.state === 'open' ? POLL_BESIDE_PUSHES_MS : POLL_MS);
    } catch (reason) {
      this.fail(reason instanceof DataError ? reason : new DataError(String(reason), -1));
    }
    this.changed();
  }

  private fail(error: DataError): void {
    if (error.status === 401) return; // the connection says so; only a new URL helps
    if (error.isOffline) {
      this.client.setConnection({state: 'down', since_ms: this.answered_ms, retry_at_ms: Date.now() + this.retry_ms});
    } else {
      this.error = error.message;
    }
    this.wait(this.retry_ms);
    this.retry_ms = Math.min(this.retry_ms * 2, LONGEST_RETRY_MS);
  }

  private wait(pause_ms: number): void {
    this.timer = setTimeout(() => this.load(), pause_ms);
  }
}

function readCatalogue(answer: AnswerJson): Catalogue {
  const captures = (answer.captures ?? [])
    .toSorted(byAge)
    .map(readCapture);
  return {
    captures,
    eventRunCount: (answer.runs ?? []).filter((run) => run.has_events).length,
    problems: (answer.problems ?? []).map(problemText),
  };
}

// By the start, so that two that grow do not change places all the time; by the last change where
// the start is not known.
function byAge(a: CaptureJson, b: CaptureJson): number {
  return age(b) - age(a) || (a.id < b.id ? -1 : 1);
}

function age(capture: CaptureJson): number {
  return capture.start_unix_ms ?? capture.modified_ms;
}

function readCapture(json: CaptureJson): CaptureInfo {
  return {
    id: json.id,
    run: json.run,
    session: json.session,
    file: json.file,
    format: json.format,
    state: json.state,
    stateDetail: json.state_detail,
    version: json.version,
    sizeBytes: json.size_bytes,
    facts: json.facts ? {durationNs: json.facts.duration_ns, slices: json.facts.slices, steps: json.facts.steps, lost: json.facts.lost} : undefined,
    rank: json.rank ?? undefined,
    worldSize: json.world_size ?? undefined,
    startUnixMs: json.start_unix_ms ?? 0,
    modifiedMs: json.modified_ms,
  };
}

function problemText(problem: unknown): string {
  if (typeof problem === 'string') return problem;
  if (typeof problem !== 'object' || problem === null) return String(problem);
  return Object.values(problem).filter((part) => typeof part === 'string').join(': ');
}
