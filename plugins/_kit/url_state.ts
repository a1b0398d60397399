/**
 * The page's place as text in the address: "#/<panel>?capture=…&sel=…&<the panel's own keys>".
 * It stands in the fragment, so that it needs no route of the server and survives the redirect
 * that sets the cookie. A change replaces the history entry unless it asks for a new one.
 */
export type UrlChange = Readonly<Record<string, string | number | undefined>>;

/** What a panel sees: only its own keys. */
export interface UrlState {
  get(key: string): string | undefined;
  /** undefined removes a key. `push` makes a step that the back button undoes. */
  set(change: UrlChange, options?: {push?: boolean}): void;
  /** Called after each change, also by back and forward; the result stops that. */
  subscribe(listener: () => void): () => void;
}

/** Keys of the frame; a panel must not use them. */
export const FRAME_KEYS: ReadonlySet<string> = new Set(['capture', 'sel']);

export class PageUrl implements UrlState {
  private panelId = '';
  private params = new URLSearchParams();
  private readonly listeners = new Set<() => void>();
  /** Each panel's own keys as it was left, so that coming back finds the same picture. */
  private readonly left = new Map<string, Map<string, string>>();

  constructor(private readonly target: Window = window) {
    this.read();
    target.addEventListener('popstate', () => this.readAndTell());
    target.addEventListener('hashchange', () => this.readAndTell());
  }

  get panel(): string {
    return this.panelId;
  }

  get(key: string): string | undefined {
    return this.params.get(key) ?? undefined;
  }

  set(change: UrlChange, options: {push?: boolean} = {}): void {
    const before = this.text();
    apply(this.params, change);
    if (this.text() !== before) this.write(options.push ?? false);
  }

  /** Goes to another panel: frame keys stay, its own keys come back as they were left. */
  go(panelId: string, change: UrlChange = {}, options: {push?: boolean} = {push: true}): void {
    const before = this.text();
    if (panelId !== this.panelId) {
      this.left.set(this.panelId, this.ownKeys());
      const next = new URLSearchParams();
      for (const key of FRAME_KEYS) {
        const value = this.params.get(key);
        if (value !== null) next.set(key, value);
      }
      for (const [key, value] of this.left.get(panelId) ?? []) next.set(key, value);
      this.params = next;
      this.panelId = panelId;
    }
    apply(this.params, change);
    if (this.text() !== before) this.write(options.push ?? true);
  }

  /** The address of a place, for a link that opens in a new tab. */
  href(panelId: string, change: UrlChange = {}): string {
    const params = new URLSearchParams();
    for (const key of FRAME_KEYS) {
      const value = this.params.get(key);
      if (value !== null) params.set(key, value);
    }
    apply(params, change);
    return textOf(panelId, params);
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private ownKeys(): Map<string, string> {
    return new Map([...this.params].filter(([key]) => !FRAME_KEYS.has(key)));
  }

  private text(): string {
    return textOf(this.panelId, this.params);
  }

  private write(push: boolean): void {
    if (push) this.target.history.pushState(null, '', this.text());
    else this.target.history.replaceState(null, '', this.text());
    this.tell();
  }

  private readAndTell(): void {
    const before = this.text();
    this.read();
    if (this.text() !== before) this.tell();
  }

  private read(): void {
    const text = this.target.location.hash.replace(/^#\/?/, '');
    const cut = text.indexOf('?');
    this.panelId = safeDecode(cut < 0 ? text : text.slice(0, cut));
    this.params = new URLSearchParams(cut < 0 ? '' : text.slice(cut + 1));
  }

  private tell(): void {
    for (const listener of [...this.listeners]) listener();
  }
}

function apply(params: URLSearchParams, change: UrlChange): void {
  for (const [key, value] of Object.entries(change)) {
    if (value === undefined || value === '') params.delete(key);
    else params.set(key, String(value));
  }
}

function textOf(panelId: string, params: URLSearchParams): string {
  const query = params.toString();
  return `#/${encodeURIComponent(panelId)}${query ? `?${query}` : ''}`;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
