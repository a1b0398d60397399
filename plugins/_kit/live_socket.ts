/**
 * The server's pushes: "core/captures" when something under the logdir changed, and
 * "<plugin>/<topic>" messages about the capture that is subscribed to. Reconnects by itself with
 * growing pauses; while it is closed, whoever listens polls.
 */
export interface LiveMessage {
  readonly topic: string;
  readonly [key: string]: unknown;
}

export type LiveState = 'connecting' | 'open' | 'closed';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15000;

export class LiveSocket {
  private socket: WebSocket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pause_ms = FIRST_PAUSE_MS;
  private capture: string | undefined;
  private stopped = false;
  private now: LiveState = 'connecting';
  private readonly listeners = new Map<string, Set<(message: LiveMessage) => void>>();
  private readonly watchers = new Set<(state: LiveState, retry_ms: number) => void>();

  constructor(private readonly url = new URL('./data/live', document.baseURI).href.replace(/^http/, 'ws')) {
    this.connect();
  }

  get state(): LiveState {
    return this.now;
  }

  /** Calls back with each message of the topic; the result stops that. */
  listen(topic: string, listener: (message: LiveMessage) => void): () => void {
    const set = this.listeners.get(topic) ?? new Set();
    this.listeners.set(topic, set.add(listener));
    return () => set.delete(listener);
  }

  watch(watcher: (state: LiveState, retry_ms: number) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** The capture whose plugins' pushes are wanted. */
  subscribe(capture: string | undefined): void {
    if (capture === this.capture) return;
    this.capture = capture;
    this.sendSubscription();
  }

  /** Tries at once instead of after the pause. */
  retryNow(): void {
    if (this.now !== 'closed') return;
    clearTimeout(this.timer);
    this.connect();
  }

  close(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  private connect(): void {
    this.set('connecting', 0);
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onopen = () => {
      this.pause_ms = FIRST_PAUSE_MS;
      this.set('open', 0);
      this.sendSubscription();
    };
    socket.onmessage = (event) => this.receive(String(event.data));
    socket.onclose = () => {
      if (this.stopped || socket !== this.socket) return;
      this.set('closed', this.pause_ms);
      this.timer = setTimeout(() => this.connect(), this.pause_ms);
      this.pause_ms = Math.min(this.pause_ms * 2, LONGEST_PAUSE_MS);
    };
  }

  private sendSubscription(): void {
    if (this.socket?.readyState !== WebSocket.OPEN || this.capture === undefined) return;
    this.socket.send(JSON.stringify({subscribe: this.capture}));
  }

  private receive(text: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      return;
    }
    if (!isLiveMessage(message)) return;
    for (const listener of [...(this.listeners.get(message.topic) ?? [])]) listener(message);
  }

  private set(state: LiveState, retry_ms: number): void {
    this.now = state;
    for (const watcher of this.watchers) watcher(state, retry_ms);
  }
}

function isLiveMessage(value: unknown): value is LiveMessage {
  return typeof value === 'object' && value !== null && 'topic' in value && typeof value.topic === 'string';
}
