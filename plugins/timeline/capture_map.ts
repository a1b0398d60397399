/** The strip above the ruler: the whole capture, with the view framed and the rest veiled. */
import {ScaledCanvas} from '../_kit/canvas';
import type {TrackJson} from './answers';
import {PixelLayer} from './pixel_layer';
import {RowPainter} from './row_painter';
import type {RulerState} from './ruler';

const MAP_TOP_PX = 7;
const MAP_HEIGHT_PX = 28;

export class CaptureMap {
  private readonly layer = new PixelLayer();
  private readonly canvas: ScaledCanvas;

  constructor(host: HTMLElement, state: () => RulerState, private readonly track: () => TrackJson | undefined) {
    this.canvas = new ScaledCanvas(host, ({context, width_px, height_px}) => this.draw(context, width_px, height_px, state()));
    this.canvas.node.setAttribute('aria-hidden', 'true');
  }

  redraw(): void {
    this.canvas.redraw();
  }

  dispose(): void {
    this.canvas.dispose();
  }

  private draw(context: CanvasRenderingContext2D, width: number, height: number, state: RulerState): void {
    const {view, palette, loader} = state;
    const ratio = window.devicePixelRatio || 1;
    const whole = view.duration_ns;
    this.layer.resize(Math.round(width * ratio), Math.round(MAP_HEIGHT_PX * ratio));
    this.layer.clear(palette.well);
    const painter = new RowPainter(this.layer, palette);
    painter.begin();
    const scale = {from_ns: 0, perNs: this.layer.width / whole, left: 0, right: this.layer.width, ratio};
    const track = this.track();
    if (track?.kind === 'idle') {
      // What is well spent recedes, what is lost stands out.
      this.layer.fill(Math.round(track.first_ns * scale.perNs), 0, Math.round(track.last_ns * scale.perNs), this.layer.height, palette.calm);
    }
    for (const {from_ns, until_ns} of state.recorded.gaps) {
      this.layer.fill(Math.round(from_ns * scale.perNs), 0, Math.round(until_ns * scale.perNs), this.layer.height, palette.well);
    }
    if (track) {
      const data = loader.dataFor(track.key, 0, whole, whole / this.layer.width)[0];
      const row = data?.row(track.key, 0);
      if (data && row) painter.paint(data, row, scale, 0, this.layer.height, track.kind === 'idle' ? 'idle' : 'host');
    }
    this.layer.show();
    context.drawImage(this.layer.node, 0, MAP_TOP_PX, width, MAP_HEIGHT_PX);
    const a = (view.from_ns / whole) * width;
    const b = (view.to_ns / whole) * width;
    context.fillStyle = palette.css('--surface-0');
    context.globalAlpha = 0.6;
    context.fillRect(0, MAP_TOP_PX, a, MAP_HEIGHT_PX);
    context.fillRect(b, MAP_TOP_PX, width - b, MAP_HEIGHT_PX);
    context.globalAlpha = 1;
    if (view.isFull) return;
    context.strokeStyle = palette.css('--text-1');
    context.lineWidth = 2;
    const wide = Math.max(4, b - a);
    context.strokeRect(Math.max(1, Math.min(width - wide - 1, a)), 4, wide, height - 8);
  }
}
