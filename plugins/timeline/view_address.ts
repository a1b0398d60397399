/** View and folded groups in the address: a link shows the same picture to somebody else. */
import type {Selected} from '../_kit/selection';
import type {UrlState} from '../_kit/url_state';
import type {View} from './view';

const WRITE_AFTER_MS = 200;

export class ViewAddress {
  /** Nothing has moved the view since the capture was opened. */
  isFresh = true;
  private seen = '';
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly url: UrlState,
    private readonly view: View,
  ) {}

  /** A capture was opened: what the address says counts again. */
  reset(isOther: boolean): void {
    if (!isOther) return;
    this.seen = '';
    this.isFresh = true;
  }

  /** Takes a view that somebody else wrote: a link, back, forward. */
  follow(): void {
    const text = this.text();
    if (text === this.seen) return;
    this.seen = text;
    const from = Number(this.url.get('from') ?? NaN);
    const to = Number(this.url.get('to') ?? NaN);
    if (Number.isFinite(from) && Number.isFinite(to) && from < to) {
      this.view.set(from, to);
      this.isFresh = false;
    } else if (!this.isFresh && text === '') {
      this.view.fit();
    }
  }

  /** Soon, not with every frame. */
  write(): void {
    if (this.timer !== undefined || this.view.isGliding) return;
    if (this.wanted() === this.text()) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      const {view} = this;
      this.seen = this.wanted();
      this.url.set(view.isFull ? {from: undefined, to: undefined} : {from: Math.round(view.from_ns), to: Math.round(view.to_ns)});
    }, WRITE_AFTER_MS);
  }

  folded(): string[] {
    return (this.url.get('fold') ?? '').split(',').filter((key) => /^[\w-]{1,40}$/.test(key));
  }

  setFolded(keys: readonly string[]): void {
    this.url.set({fold: keys.join(',')});
  }

  /** Whether the address says which part shows. */
  get namesView(): boolean {
    return this.text() !== '';
  }

  /** A short link may say `step=N` or `slice=ID`: taken out, to be written as a selection. */
  takeShortLink(): Selected | undefined {
    const step = this.takeNumber('step');
    if (step !== undefined) return {kind: 'step', number: step};
    const slice = this.takeNumber('slice');
    return slice === undefined ? undefined : {kind: 'slice', id: slice};
  }

  dispose(): void {
    clearTimeout(this.timer);
  }

  private takeNumber(key: string): number | undefined {
    const text = this.url.get(key);
    if (text === undefined) return undefined;
    this.url.set({[key]: undefined});
    return /^-?\d+$/.test(text) ? Number(text) : undefined;
  }

  private wanted(): string {
    return this.view.isFull ? '' : `${Math.round(this.view.from_ns)}-${Math.round(this.view.to_ns)}`;
  }

  private text(): string {
    const from = this.url.get('from');
    const to = this.url.get('to');
    return from === undefined || to === undefined ? '' : `${from}-${to}`;
  }
}
