/**
 * Tokens as a canvas needs them: resolved for the theme that shows now, as a CSS colour, as bytes
 * for pixels that are written directly, and as hatch patterns (hatched: it waited).
 */
import {categoryLook} from './category';

export type Rgb = readonly [red: number, green: number, blue: number];

export class Theme {
  private readonly colours = new Map<string, string>();
  private readonly bytes = new Map<string, Rgb>();

  constructor(private readonly root: HTMLElement = document.body) {}

  /** The resolved value of a token ("--line-1") or of any CSS colour made of tokens. */
  colour(value: string): string {
    let found = this.colours.get(value);
    if (found === undefined) {
      found = this.resolve(value);
      this.colours.set(value, found);
    }
    return found;
  }

  /** The same as three bytes. */
  rgb(value: string): Rgb {
    let found = this.bytes.get(value);
    if (found === undefined) {
      const context = pixel();
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = this.colour(value);
      context.fillRect(0, 0, 1, 1);
      const data = context.getImageData(0, 0, 1, 1).data;
      found = [data[0] ?? 0, data[1] ?? 0, data[2] ?? 0];
      this.bytes.set(value, found);
    }
    return found;
  }

  /** Fill of a category by name ("forward"), resolved. */
  category(name: string): string {
    return this.colour(categoryLook(name).fill);
  }

  /** Text on that fill. */
  onCategory(name: string): string {
    return this.colour(categoryLook(name).ink);
  }

  /** "600 12px Inter, …", for measuring and drawing. */
  font(size_px = 11, weight = 400, face: 'ui' | 'mono' = 'ui'): string {
    return `${weight} ${size_px}px ${getComputedStyle(this.root).getPropertyValue(`--font-${face}`)}`;
  }

  private resolve(value: string): string {
    const probe = document.createElement('i');
    // With forced colours every text would have one colour, and a picture drawn in it none.
    probe.style.setProperty('forced-color-adjust', 'none');
    probe.style.color = value.startsWith('--') ? `var(${value})` : value;
    this.root.append(probe);
    const resolved = getComputedStyle(probe).color;
    probe.remove();
    return resolved;
  }
}

let current: Theme | undefined;

/** The theme as it is; a new object after each change, so it may be kept for one drawing only. */
export function theme(): Theme {
  current ??= new Theme();
  return current;
}

/** Told by the frame when light became dark or back. */
export function forgetTheme(): void {
  current = undefined;
}

/** Tells which theme shows: what the user chose, else what the system has. */
export function isDark(): boolean {
  const chosen = document.documentElement.dataset['theme'];
  return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

const HATCH_TILE_PX = 13; // two lines, 6.5 px apart along the row: 4.6 px across the hatch
const HATCH_LINE_PX = 1.6;
const CROSS_LINE_PX = 0.8;
const HATCH_TINT = 0.16;

/**
 * 45° lines on a tint of the colour; `crossed` for an unknown cause. For a context that is scaled
 * by the device's pixel ratio.
 */
export function hatchPattern(context: CanvasRenderingContext2D, colour: string, crossed = false): CanvasPattern | string {
  const ratio = Math.max(1, Math.ceil(window.devicePixelRatio || 1));
  const tile = document.createElement('canvas');
  tile.width = tile.height = HATCH_TILE_PX * ratio;
  const paint = tile.getContext('2d');
  if (!paint) return colour;
  paint.scale(ratio, ratio);
  paint.fillStyle = paint.strokeStyle = colour;
  if (!crossed) {
    paint.globalAlpha = HATCH_TINT;
    paint.fillRect(0, 0, HATCH_TILE_PX, HATCH_TILE_PX);
    paint.globalAlpha = 1;
  }
  paint.lineWidth = crossed ? CROSS_LINE_PX : HATCH_LINE_PX;
  for (let x = -2 * HATCH_TILE_PX; x <= 2 * HATCH_TILE_PX; x += HATCH_TILE_PX / 2) {
    line(paint, x, HATCH_TILE_PX, x + HATCH_TILE_PX, 0);
    if (crossed) line(paint, x, 0, x + HATCH_TILE_PX, HATCH_TILE_PX);
  }
  const pattern = context.createPattern(tile, 'repeat');
  pattern?.setTransform(new DOMMatrix().scale(1 / ratio));
  return pattern ?? colour;
}

function line(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

let pixelContext: CanvasRenderingContext2D | undefined;
function pixel(): CanvasRenderingContext2D {
  if (!pixelContext) {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 1;
    const context = canvas.getContext('2d', {willReadFrequently: true});
    if (!context) throw new Error('This browser has no 2D canvas.');
    pixelContext = context;
  }
  return pixelContext;
}
