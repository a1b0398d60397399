/** Drawing on a canvas at the device's resolution, in CSS pixels. */
import {onResize} from './dom';

export interface Drawing {
  readonly context: CanvasRenderingContext2D;
  readonly width_px: number;
  readonly height_px: number;
}

/** Keeps a canvas as large as the element it is in, and calls `draw` then and on redraw(). */
export class ScaledCanvas {
  readonly node = document.createElement('canvas');
  private readonly stop: () => void;
  private queued = false;

  constructor(
    private readonly host: HTMLElement,
    private readonly draw: (drawing: Drawing) => void,
  ) {
    host.append(this.node);
    this.stop = onResize(host, () => this.redrawNow());
  }

  /** Before the next frame; any number of calls make one drawing. */
  redraw(): void {
    if (this.queued) return;
    this.queued = true;
    requestAnimationFrame(() => {
      this.queued = false;
      if (this.node.isConnected) this.redrawNow();
    });
  }

  dispose(): void {
    this.stop();
    this.node.remove();
  }

  private redrawNow(): void {
    const {clientWidth: width_px, clientHeight: height_px} = this.host;
    if (width_px === 0 || height_px === 0) return;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(width_px * ratio), Math.round(height_px * ratio)];
    if (this.node.width !== width || this.node.height !== height) {
      this.node.width = width;
      this.node.height = height;
    }
    const context = this.node.getContext('2d');
    if (!context) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width_px, height_px);
    this.draw({context, width_px, height_px});
  }
}

/** Ticks at 1, 2 or 5 × 10ⁿ from 0, at most `most` of them above 0, the last one at or above `high`. */
export function niceTicks(high: number, most = 5): number[] {
  if (!(high > 0)) return [0];
  const rough = high / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.9999) ?? 10) * power;
  const count = Math.ceil(high / step - 1e-9);
  return Array.from({length: count + 1}, (_, i) => i * step);
}
