/** Cuts names to a width in pixels without measuring the same text twice. */
const ELLIPSIS = '…';
const SHORTEST_PX = 20;
const LEAST_LETTERS = 3;
const MOST_KEPT = 20000;

export class TextFitter {
  private readonly whole = new Map<string, number>();
  private readonly letters = new Map<string, number>();
  private font = '';

  /** REQUIRES: the context has this font set when fit() is called. */
  use(font: string): void {
    if (font === this.font) return;
    this.font = font;
    this.whole.clear();
    this.letters.clear();
  }

  width(context: CanvasRenderingContext2D, text: string): number {
    let width = this.whole.get(text);
    if (width === undefined) {
      width = context.measureText(text).width;
      if (this.whole.size > MOST_KEPT) this.whole.clear();
      this.whole.set(text, width);
    }
    return width;
  }

  /** The text, its beginning with an ellipsis, or '' if even that says nothing. */
  fit(context: CanvasRenderingContext2D, text: string, room_px: number): string {
    if (room_px < 6) return '';
    if (this.width(context, text) <= room_px) return text;
    if (room_px < SHORTEST_PX) return '';
    let left = room_px - this.letter(context, ELLIPSIS);
    let count = 0;
    for (const letter of text) {
      left -= this.letter(context, letter);
      if (left < 0) break;
      count += letter.length;
    }
    return count >= LEAST_LETTERS ? text.slice(0, count).trimEnd() + ELLIPSIS : '';
  }

  private letter(context: CanvasRenderingContext2D, letter: string): number {
    let width = this.letters.get(letter);
    if (width === undefined) {
      width = context.measureText(letter).width;
      this.letters.set(letter, width);
    }
    return width;
  }
}
