/**
 * Hands on the picture: drag pans, Shift and drag selects a range, wheel scrolls, with Ctrl or ⌘ it
 * zooms at the pointer and with Shift it pans, two fingers zoom and move. What a click means is the
 * panel's matter.
 */
import type {View} from './view';

const DRAG_FROM_PX = 4;
const DOUBLE_CLICK_MS = 350;
const WHEEL_ZOOM = 0.0022;
const LINE_PX = 16;

export interface InputTarget {
  readonly view: View;
  widthPx(): number;
  /** x from the picture's left, y from its top on the screen. */
  hover(x: number, y: number, event: PointerEvent): void;
  leave(): void;
  click(x: number, y: number): void;
  doubleClick(): void;
  range(from_ns: number, until_ns: number, done: boolean): void;
  scroll(by_px: number): void;
}

export class PointerInput {
  /** Where the pointer was last, from the picture's left; keys zoom there. */
  x: number | undefined;
  private readonly pointers = new Map<number, {x: number; y: number}>();
  private startX = 0;
  private startY = 0;
  private dragging = false;
  private selecting = false;
  private selectFrom = 0;
  private lastX = 0;
  private lastY = 0;
  private pinch = 0;
  private lastClick_ms = -Infinity;
  private readonly stop = new AbortController();

  constructor(
    private readonly node: HTMLElement,
    private readonly target: InputTarget,
  ) {
    const options = {signal: this.stop.signal};
    node.addEventListener('pointerdown', (event) => this.down(event), options);
    node.addEventListener('pointermove', (event) => this.move(event), options);
    node.addEventListener('pointerup', (event) => this.up(event), options);
    node.addEventListener('pointercancel', (event) => this.cancel(event), options);
    node.addEventListener('pointerleave', () => this.leave(), options);
    node.addEventListener('wheel', (event) => this.wheel(event), {...options, passive: false});
  }

  dispose(): void {
    this.stop.abort();
  }

  private place(event: MouseEvent): {x: number; y: number} {
    const box = this.node.getBoundingClientRect();
    return {x: event.clientX - box.left, y: event.clientY - box.top};
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0) return;
    const {x, y} = this.place(event);
    this.pointers.set(event.pointerId, {x, y});
    this.node.setPointerCapture(event.pointerId);
    const middle = this.middle();
    this.startX = this.lastX = middle.x;
    this.startY = this.lastY = middle.y;
    this.dragging = false;
    this.pinch = this.spread();
    this.selecting = event.shiftKey && this.pointers.size === 1;
    this.selectFrom = this.timeAt(x);
  }

  private move(event: PointerEvent): void {
    const {x, y} = this.place(event);
    this.x = x;
    if (!this.pointers.has(event.pointerId)) {
      this.target.hover(x, y, event);
      return;
    }
    this.pointers.set(event.pointerId, {x, y});
    if (this.pointers.size === 2) {
      this.pinchMove();
      return;
    }
    if (!this.dragging && Math.hypot(x - this.startX, y - this.startY) < DRAG_FROM_PX) return;
    if (!this.dragging) this.target.leave();
    this.dragging = true;
    if (this.selecting) {
      this.select(x, false);
      return;
    }
    // Whole pixels, so that the picture stays on the grid of what was fetched.
    const byX = Math.round(x - this.lastX);
    this.target.view.pan(-byX * (this.target.view.length_ns / this.target.widthPx()));
    this.target.scroll(-(y - this.lastY));
    this.lastX += byX;
    this.lastY = y;
  }

  private up(event: PointerEvent): void {
    const {x, y} = this.place(event);
    const wasDown = this.pointers.delete(event.pointerId);
    const wasPinch = this.pinch > 0;
    this.pinch = this.spread();
    if (!wasDown || wasPinch) {
      this.restart();
      return;
    }
    if (this.dragging) {
      if (this.selecting) this.select(x, true);
      this.dragging = false;
      return;
    }
    const now = performance.now();
    if (now - this.lastClick_ms < DOUBLE_CLICK_MS) {
      this.lastClick_ms = -Infinity;
      this.target.doubleClick();
      return;
    }
    this.lastClick_ms = now;
    this.target.click(x, y);
  }

  private cancel(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
    this.pinch = 0;
    this.restart();
  }

  /** One finger of two was lifted: the other goes on from where it is. */
  private restart(): void {
    this.dragging = this.pointers.size > 0;
    const rest = [...this.pointers.values()][0];
    if (!rest) return;
    this.lastX = rest.x;
    this.lastY = rest.y;
  }

  private leave(): void {
    if (this.pointers.size === 0) this.target.leave();
    this.x = undefined;
  }

  private select(x: number, done: boolean): void {
    const now = this.timeAt(Math.max(0, Math.min(this.target.widthPx(), x)));
    this.target.range(Math.min(this.selectFrom, now), Math.max(this.selectFrom, now), done);
  }

  private pinchMove(): void {
    const spread = this.spread();
    if (this.pinch <= 0 || spread <= 0) return;
    const {view} = this.target;
    const middle = this.middle();
    // What lies between the fingers stays between them, however they move.
    view.pan(-(middle.x - this.lastX) * (view.length_ns / this.target.widthPx()));
    view.zoom(this.pinch / spread, middle.x / this.target.widthPx());
    this.target.scroll(-(middle.y - this.lastY));
    this.lastX = middle.x;
    this.lastY = middle.y;
    this.pinch = spread;
  }

  private middle(): {x: number; y: number} {
    const all = [...this.pointers.values()];
    return {x: all.reduce((sum, {x}) => sum + x, 0) / all.length, y: all.reduce((sum, {y}) => sum + y, 0) / all.length};
  }

  private spread(): number {
    const [a, b] = [...this.pointers.values()];
    return a && b ? Math.max(10, Math.hypot(a.x - b.x, a.y - b.y)) : 0;
  }

  private timeAt(x: number): number {
    const {view} = this.target;
    return view.from_ns + (x / this.target.widthPx()) * view.length_ns;
  }

  private wheel(event: WheelEvent): void {
    const {view} = this.target;
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1;
    const {x} = this.place(event);
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      view.zoom(Math.exp(event.deltaY * unit * WHEEL_ZOOM), x / this.target.widthPx());
      return;
    }
    const sideways = event.shiftKey ? event.deltaX + event.deltaY : event.deltaX;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      view.pan(Math.round(sideways * unit) * (view.length_ns / this.target.widthPx()));
    }
  }
}

const ZOOM_EACH_SECOND = 9;
const PAN_EACH_SECOND = 1.4;

/** W A S D while they are held: smooth, at the pointer, one step a frame. */
export class HeldKeys {
  private readonly held = new Set<string>();
  private last_ms = 0;

  constructor(
    private readonly view: View,
    private readonly pointerShare: () => number,
  ) {}

  get isActive(): boolean {
    return this.held.size > 0;
  }

  press(key: string): boolean {
    if (!'wasd'.includes(key) || key.length !== 1) return false;
    if (this.held.size === 0) this.last_ms = performance.now();
    this.held.add(key);
    return true;
  }

  release(key: string): void {
    this.held.delete(key.toLowerCase());
  }

  releaseAll(): void {
    this.held.clear();
  }

  step(now_ms: number): void {
    const seconds = Math.min(0.05, Math.max(0.001, (now_ms - this.last_ms) / 1000));
    this.last_ms = now_ms;
    const zoom = (this.held.has('s') ? 1 : 0) - (this.held.has('w') ? 1 : 0);
    const pan = (this.held.has('d') ? 1 : 0) - (this.held.has('a') ? 1 : 0);
    if (zoom !== 0) this.view.zoom(ZOOM_EACH_SECOND ** (zoom * seconds), this.pointerShare());
    if (pan !== 0) this.view.pan(pan * seconds * PAN_EACH_SECOND * this.view.length_ns);
  }
}
