/**
 * Which part of the capture shows: two times in ns since its start. Moves and zooms stay within
 * the capture; a change by a key or a button glides, one by the pointer is immediate.
 */

/** No picture is narrower than this: one nanosecond is then a fingernail wide. */
const SHORTEST_NS = 20;
const GLIDE_MS = 280;

export class View {
  from_ns = 0;
  to_ns = 1;
  private end_ns = 1;
  private glide: {from0: number; to0: number; from1: number; to1: number; start_ms: number} | undefined;

  constructor(private readonly changed: () => void) {}

  get length_ns(): number {
    return this.to_ns - this.from_ns;
  }

  get duration_ns(): number {
    return this.end_ns;
  }

  get isFull(): boolean {
    return this.from_ns <= 0 && this.to_ns >= this.end_ns;
  }

  get isGliding(): boolean {
    return this.glide !== undefined;
  }

  /** Where the view will be when it has come to rest. */
  goal(): {from_ns: number; to_ns: number} {
    return this.glide ? {from_ns: this.glide.from1, to_ns: this.glide.to1} : {from_ns: this.from_ns, to_ns: this.to_ns};
  }

  /** The capture's length. A view of all of it, or of its end, follows as it grows. */
  setDuration(duration_ns: number): void {
    const before = this.end_ns;
    const wasFull = this.isFull;
    const wasAtEnd = this.to_ns >= before - this.length_ns * 0.002;
    this.end_ns = Math.max(1, duration_ns);
    if (wasFull) this.set(0, this.end_ns);
    else if (wasAtEnd && duration_ns > before) this.set(this.from_ns + duration_ns - before, this.to_ns + duration_ns - before);
  }

  /** At once. */
  set(from_ns: number, to_ns: number): void {
    this.glide = undefined;
    this.apply(from_ns, to_ns);
    this.changed();
  }

  /** Over a moment, unless the user wants no motion. */
  glideTo(from_ns: number, to_ns: number): void {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return this.set(from_ns, to_ns);
    const [from1, to1] = this.clamped(from_ns, to_ns);
    this.glide = {from0: this.from_ns, to0: this.to_ns, from1, to1, start_ms: performance.now()};
    this.changed();
  }

  /** Takes the glide one frame further. */
  step(now_ms: number): void {
    const glide = this.glide;
    if (!glide) return;
    const part = Math.min(1, (now_ms - glide.start_ms) / GLIDE_MS);
    const eased = 1 - (1 - part) ** 3;
    // Zooming is multiplicative, so the length runs in powers and the view stays calm.
    const length0 = glide.to0 - glide.from0;
    const length1 = glide.to1 - glide.from1;
    const length = length0 * (length1 / length0) ** eased;
    const same = Math.abs(length1 - length0) < 1e-9 * length0;
    const way = same ? eased : (length - length0) / (length1 - length0);
    const from = glide.from0 + (glide.from1 - glide.from0) * way;
    if (part === 1) this.glide = undefined;
    this.apply(part === 1 ? glide.from1 : from, part === 1 ? glide.to1 : from + length);
    this.changed();
  }

  pan(by_ns: number): void {
    this.glide = undefined;
    this.set(this.from_ns + by_ns, this.to_ns + by_ns);
  }

  /** factor < 1 zooms in; `at` is the share of the view that stays in place. */
  zoom(factor: number, at = 0.5, glide = false): void {
    const base = this.glide ? {from: this.glide.from1, to: this.glide.to1} : {from: this.from_ns, to: this.to_ns};
    const length = Math.min(this.end_ns, Math.max(SHORTEST_NS, (base.to - base.from) * factor));
    const from = base.from + (base.to - base.from - length) * at;
    if (glide) this.glideTo(from, from + length);
    else this.set(from, from + length);
  }

  fit(): void {
    this.glideTo(0, this.end_ns);
  }

  /** Shows a stretch with some room at both sides. */
  frame(from_ns: number, to_ns: number, room = 0.15): void {
    const length = Math.max(SHORTEST_NS, to_ns - from_ns);
    this.glideTo(from_ns - length * room, to_ns + length * room);
  }

  /** Brings a stretch into view without zooming in; zooms out only if it does not fit. */
  reveal(from_ns: number, to_ns: number): void {
    if (from_ns >= this.from_ns && to_ns <= this.to_ns) return;
    if (to_ns - from_ns > this.length_ns * 0.9) return this.frame(from_ns, to_ns);
    const middle = (from_ns + to_ns) / 2;
    this.glideTo(middle - this.length_ns / 2, middle + this.length_ns / 2);
  }

  private clamped(from_ns: number, to_ns: number): [number, number] {
    const low = 0;
    const high = this.end_ns;
    const length = Math.min(high - low, Math.max(SHORTEST_NS, to_ns - from_ns));
    const from = Math.min(high - length, Math.max(low, from_ns));
    return [from, from + length];
  }

  private apply(from_ns: number, to_ns: number): void {
    [this.from_ns, this.to_ns] = this.clamped(from_ns, to_ns);
  }
}
