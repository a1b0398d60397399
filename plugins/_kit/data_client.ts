/**
 * The only way from a panel to the server. Equal questions that run at the same time become one
 * request; the last answers are kept, so that going back shows at once what was there; a network
 * failure is retried with growing pauses and told to whoever watches `connection`.
 * URLs are relative to the page, which may lie behind a path prefix.
 */
import {decodeColumnTable, type ColumnTable} from './column_table';

/** A list stands for the same key several times. */
export type Params = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** What the server said instead of an answer, or that it said nothing (status 0). */
export class DataError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
    this.name = 'DataError';
  }
  /** The server did not answer: the same question may work in a moment. */
  get isOffline(): boolean {
    return this.status === 0;
  }
}

export type Connection =
  | {readonly state: 'up'}
  /** Since when, and when it is tried again, as Date.now() counts. */
  | {readonly state: 'down'; readonly since_ms: number; readonly retry_at_ms: number}
  | {readonly state: 'not_permitted'};

interface Kept {
  readonly tag: string;
  readonly value: unknown;
}

interface Running {
  readonly url: string;
  readonly answer: Promise<unknown>;
  readonly stop: AbortController;
}

const KEPT_ANSWERS = 64;
/** The status of a question that nobody waits for any more. */
const ABANDONED = -2;

export class DataClient {
  private readonly running = new Map<string, Running>();
  private readonly kept = new Map<string, Kept>();
  private readonly watchers = new Set<(connection: Connection) => void>();
  private readonly questionWatchers = new Set<() => void>();
  private now: Connection = {state: 'up'};

  constructor(
    private readonly base = './data/',
    private readonly fetcher: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  get connection(): Connection {
    return this.now;
  }

  /** Calls back at each change of the connection; the result stops that. */
  watchConnection(watcher: (connection: Connection) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** Calls back whenever a question goes out or has been answered; the result stops that. */
  watchQuestions(watcher: () => void): () => void {
    this.questionWatchers.add(watcher);
    return () => this.questionWatchers.delete(watcher);
  }

  /** Whether this dashboard has asked about the capture and nothing has been answered yet. */
  awaitsFirst(plugin: string, capture: string): boolean {
    const isOf = (url: string): boolean => this.isAbout(url, capture, `plugin/${plugin}/`);
    return [...this.running.values()].some(({url}) => isOf(url)) && ![...this.kept.keys()].some(isOf);
  }

  /** Nobody waits any more for what is asked about this capture: the server need not load it. */
  abandon(capture: string): void {
    for (const {url, stop} of this.running.values()) if (this.isAbout(url, capture, 'plugin/')) stop.abort();
  }

  private isAbout(url: string, capture: string, path: string): boolean {
    const [place = '', query] = url.split('?');
    return place.startsWith(this.base + path) && new URLSearchParams(query).getAll('capture').includes(capture);
  }

  /** Told by whoever talks to the server (this client, the live socket). */
  setConnection(connection: Connection): void {
    if (connection.state === 'up' && this.now.state === 'up') return;
    this.now = connection;
    for (const watcher of this.watchers) watcher(connection);
  }

  /** The URL of an answer, for a download link. `path` is "plugin/<plugin>/<route>" or a name. */
  url(path: string, params: Params = {}): string {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(params)) {
      if (Array.isArray(value)) for (const one of value) query.append(key, String(one));
      else if (value !== undefined) query.append(key, String(value));
    }
    const text = query.toString();
    return this.base + path + (text ? `?${text}` : '');
  }

  /** A JSON answer. `tag` says which version of the data is meant: an equal one is not re-read. */
  json<T>(path: string, params: Params = {}, tag?: string): Promise<T> {
    return this.ask(this.url(path, params), tag, (response) => response.json() as Promise<T>);
  }

  /** An answer in binary columns. */
  table(path: string, params: Params = {}, tag?: string): Promise<ColumnTable> {
    return this.ask(this.url(path, params), tag, async (response) =>
      decodeColumnTable(await response.arrayBuffer()),
    );
  }

  /** What json() or table() gave last for this question, whatever its version. */
  last<T>(path: string, params: Params = {}): T | undefined {
    return this.kept.get(this.url(path, params))?.value as T | undefined;
  }

  /** A place on the screen that shows one answer at a time: see Slot. */
  slot<T>(show: (state: SlotState<T>) => void): Slot<T> {
    return new Slot(this, show);
  }

  private ask<T>(
    url: string,
    tag: string | undefined,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const kept = this.kept.get(url);
    if (kept && tag !== undefined && kept.tag === tag) return Promise.resolve(kept.value as T);
    const key = `${tag ?? ''} ${url}`;
    const running = this.running.get(key);
    if (running && !running.stop.signal.aborted) return running.answer as Promise<T>;
    const stop = new AbortController();
    const answer = this.fetchOnce(url, read, stop.signal)
      .then((value) => {
        this.keep(url, {tag: tag ?? '', value});
        return value;
      })
      .finally(() => {
        if (this.running.get(key)?.stop === stop) this.running.delete(key);
        this.tellQuestions();
      });
    this.running.set(key, {url, answer, stop});
    this.tellQuestions();
    return answer;
  }

  private tellQuestions(): void {
    for (const watcher of this.questionWatchers) watcher();
  }

  private async fetchOnce<T>(url: string, read: (response: Response) => Promise<T>, signal: AbortSignal): Promise<T> {
    let response: Response;
    try {
      response = await this.fetcher(url, {credentials: 'same-origin', signal});
    } catch {
      if (signal.aborted) throw new DataError('The question was withdrawn.', ABANDONED);
      throw new DataError('The server does not answer.', 0);
    }
    if (response.status === 401) this.setConnection({state: 'not_permitted'});
    if (!response.ok) throw new DataError(await errorText(response), response.status);
    try {
      const value = await read(response);
      this.setConnection({state: 'up'});
      return value;
    } catch (error) {
      throw new DataError(`The answer could not be read: ${String(error)}`, response.status);
    }
  }

  private keep(url: string, kept: Kept): void {
    this.kept.delete(url);
    this.kept.set(url, kept);
    const oldest = this.kept.keys().next();
    if (this.kept.size > KEPT_ANSWERS && !oldest.done) this.kept.delete(oldest.value);
  }
}

async function errorText(response: Response): Promise<string> {
  try {
    const body = (await response.json()) as {error?: unknown};
    if (typeof body.error === 'string') return body.error;
  } catch {
    // Not JSON: say the status instead.
  }
  return `The server answered ${response.status} ${response.statusText}.`;
}

export interface SlotState<T> {
  /** The newest answer, which stays while a newer one is on its way or has failed. */
  readonly value: T | undefined;
  readonly loading: boolean;
  readonly error: DataError | undefined;
  /** The value belongs to an older question than the one asked last. */
  readonly stale: boolean;
}

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15000;

/**
 * Shows the answer to the question asked last: answers to older questions are dropped, the last
 * picture stays until the new one is there, and a silent server is asked again.
 */
export class Slot<T> {
  private generation = 0;
  private state: SlotState<T> = {value: undefined, loading: false, error: undefined, stale: false};
  private retry: ReturnType<typeof setTimeout> | undefined;
  private next: ((client: DataClient) => Promise<T>) | undefined;

  constructor(
    private readonly client: DataClient,
    private readonly show: (state: SlotState<T>) => void,
  ) {}

  /** `question` runs now, and again after a pause while the server does not answer. */
  ask(question: (client: DataClient) => Promise<T>, forget = false): void {
    this.next = undefined;
    const generation = ++this.generation;
    clearTimeout(this.retry);
    const value = forget ? undefined : this.state.value;
    this.set({value, loading: true, error: undefined, stale: value !== undefined});
    this.attempt(question, generation, FIRST_RETRY_MS);
  }

  /**
   * The same question about newer data. It waits for the answer that is on its way, which is shown:
   * where data grow faster than answers come, the picture would else never change.
   */
  askAgain(question: (client: DataClient) => Promise<T>): void {
    if (this.state.loading) this.next = question;
    else this.ask(question);
  }

  close(): void {
    this.generation++;
    this.next = undefined;
    clearTimeout(this.retry);
  }

  private attempt(question: (client: DataClient) => Promise<T>, generation: number, pause_ms: number): void {
    question(this.client).then(
      (value) => {
        if (generation !== this.generation) return;
        this.set({value, loading: false, error: undefined, stale: false});
        if (this.next) this.ask(this.next);
      },
      (reason: unknown) => {
        if (generation !== this.generation) return;
        const error = reason instanceof DataError ? reason : new DataError(String(reason), -1);
        this.set({...this.state, loading: error.isOffline, error});
        if (!error.isOffline) {
          if (this.next) this.ask(this.next);
          return;
        }
        this.retry = setTimeout(
          () => this.attempt(question, generation, Math.min(pause_ms * 2, LONGEST_RETRY_MS)),
          pause_ms,
        );
      },
    );
  }

  private set(state: SlotState<T>): void {
    this.state = state;
    this.show(state);
  }
}
