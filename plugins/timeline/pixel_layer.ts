/**
 * A canvas whose pixels are written directly: many times faster than a rectangle a slice. All
 * sizes are in the device's pixels.
 */
export class PixelLayer {
  readonly node = document.createElement('canvas');
  readonly context: CanvasRenderingContext2D;
  width = 1;
  height = 1;
  pixels = new Uint32Array(1);
  private image: ImageData;

  constructor() {
    const context = this.node.getContext('2d');
    if (!context) throw new Error('This browser has no 2D canvas.');
    this.context = context;
    this.image = context.createImageData(1, 1);
  }

  resize(width: number, height: number): void {
    if (width === this.width && height === this.height) return;
    this.width = this.node.width = Math.max(1, width);
    this.height = this.node.height = Math.max(1, height);
    this.image = this.context.createImageData(this.width, this.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  clear(colour: number): void {
    this.pixels.fill(colour);
  }

  /** Clipped to the layer. */
  fill(x0: number, y0: number, x1: number, y1: number, colour: number): void {
    const left = Math.max(0, x0);
    const right = Math.min(this.width, x1);
    const bottom = Math.min(this.height, y1);
    if (left >= right) return;
    const {pixels, width} = this;
    if (right - left < 8) {
      for (let y = Math.max(0, y0); y < bottom; y++) {
        for (let at = y * width + left, end = y * width + right; at < end; at++) pixels[at] = colour;
      }
      return;
    }
    for (let y = Math.max(0, y0); y < bottom; y++) pixels.fill(colour, y * width + left, y * width + right);
  }

  /** Lines at 45° both ways on a tint: it waited, and nobody knows yet for what. */
  fillCrossed(x0: number, y0: number, x1: number, y1: number, line: number, tint: number, ratio: number): void {
    const left = Math.max(0, x0);
    const right = Math.min(this.width, x1);
    const bottom = Math.min(this.height, y1);
    const period = Math.round(6.5 * ratio);
    const thick = Math.max(1, Math.round(ratio * 0.8));
    for (let y = Math.max(0, y0); y < bottom; y++) {
      // Phases grow from the top left, so that they are never negative.
      let sum = (left + y) % period;
      let difference = (((left - y) % period) + period) % period;
      for (let at = y * this.width + left, end = y * this.width + right; at < end; at++) {
        this.pixels[at] = sum < thick || difference < thick ? line : tint;
        if (++sum === period) sum = 0;
        if (++difference === period) difference = 0;
      }
    }
  }

  /** Brings the pixels onto the canvas; text goes on top afterwards. */
  show(): void {
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.putImageData(this.image, 0, 0);
  }
}
