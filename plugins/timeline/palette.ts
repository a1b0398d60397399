/**
 * The theme's tokens as the picture needs them: whole pixels of four bytes, and CSS colours for
 * text. Slices of one category differ in lightness only, away from their text's colour.
 */
import {CATEGORY_NAMES, categoryLook} from '../_kit/category';
import {type Rgb, theme, type Theme} from '../_kit/theme';

export interface Fill {
  /** By shade. */
  readonly pixels: readonly number[];
  readonly ink: string;
}

const SHADES = 3;
const DARKER = 0.13;
const LIGHTER = 0.16;

/** Little-endian RGBA, as an ImageData is laid out. */
function pixel([red, green, blue]: Rgb): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

function mix(a: Rgb, b: Rgb, part: number): Rgb {
  const one = (i: 0 | 1 | 2): number => Math.round(a[i] + (b[i] - a[i]) * part);
  return [one(0), one(1), one(2)];
}

export class Palette {
  readonly page: number;
  readonly back: number;
  readonly grid: number;
  readonly well: number;
  readonly strong: number;
  readonly ink: number;
  readonly idle: number;
  readonly idleTint: number;
  readonly idleSolid: number;
  /** Compute where it is only the backdrop. */
  readonly calm: number;
  /** What went wrong. */
  readonly bad: number;
  readonly counterLine: number;
  readonly counterArea: number;
  readonly theme: Theme;
  private readonly fills = new Map<string, Fill>();
  private readonly byNumber: Fill[];

  constructor() {
    this.theme = theme();
    const rgb = (token: string): Rgb => this.theme.rgb(token);
    this.page = pixel(rgb('--surface-1'));
    this.back = pixel(rgb('--surface-0'));
    this.grid = pixel(rgb('--line-1'));
    this.well = pixel(rgb('--surface-2'));
    this.strong = pixel(rgb('--line-3'));
    this.ink = pixel(rgb('--text-1'));
    const unknown = rgb('--idle-unknown');
    this.idle = pixel(mix(rgb('--surface-1'), unknown, 0.62));
    this.idleTint = pixel(mix(rgb('--surface-1'), unknown, 0.07));
    this.idleSolid = pixel(mix(rgb('--surface-1'), unknown, 0.5));
    this.calm = pixel(mix(rgb('--surface-1'), rgb('--cat-calm'), 0.6));
    this.bad = pixel(rgb('--bad'));
    const counter = rgb('--cat-compute');
    this.counterLine = pixel(counter);
    this.counterArea = pixel(mix(rgb('--surface-1'), counter, 0.22));
    this.byNumber = CATEGORY_NAMES.map((name) => this.fill(name));
  }

  css(token: string): string {
    return this.theme.colour(token);
  }

  fill(category: string): Fill {
    let found = this.fills.get(category);
    if (!found) {
      const look = categoryLook(category);
      const base = this.theme.rgb(look.fill);
      const ink = this.theme.rgb(look.ink);
      const inkIsLight = ink[0] + ink[1] + ink[2] > 382;
      const pixels = Array.from({length: SHADES}, (_, shade) =>
        pixel(inkIsLight ? mix(base, [0, 0, 0], DARKER * shade) : mix(base, [255, 255, 255], LIGHTER * shade)),
      );
      found = {pixels, ink: this.theme.colour(look.ink)};
      this.fills.set(category, found);
    }
    return found;
  }

  fillOf(categoryNumber: number): Fill {
    return this.byNumber[categoryNumber] ?? this.fill('other');
  }
}

/** The same name has the same shade in every trace. */
export function shadeOf(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0;
  return (hash >>> 0) % SHADES;
}
