/** Widths of texts before they are drawn, in the page's own faces. */
import {theme} from './theme';

let ruler: CanvasRenderingContext2D | null | undefined;

/** In px, so that a label is drawn only where it fits, and a column is as wide as its names. */
export function textWidth(text: string, size_px: number, weight: number, face: 'ui' | 'mono' = 'ui'): number {
  ruler ??= document.createElement('canvas').getContext('2d');
  if (!ruler) return text.length * size_px;
  ruler.font = theme().font(size_px, weight, face);
  return ruler.measureText(text).width;
}
