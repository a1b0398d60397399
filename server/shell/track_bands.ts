/** How busy each track was over the whole recording: one band each, and the time below. */
import {html, render} from 'lit/html.js';
import {niceTicks, ScaledCanvas, type Drawing} from '../../plugins/_kit/canvas';
import {setVars} from '../../plugins/_kit/dom';
import {durationScale, fixed, percent} from '../../plugins/_kit/format';
import {theme} from '../../plugins/_kit/theme';
import type {Preview, PreviewTrack} from './load_watch';

const BAND_PX = 26;
const GAP_PX = 4;
const RULER_PX = 20;
const TICK_EVERY_PX = 110;

export class TrackBands {
  private readonly names = document.createElement('ol');
  private readonly picture = document.createElement('div');
  private readonly canvas: ScaledCanvas;
  private preview: Preview | undefined;

  constructor(host: HTMLElement) {
    this.picture.className = 'bands';
    host.append(this.names, this.picture);
    this.canvas = new ScaledCanvas(this.picture, (drawing) => this.draw(drawing));
    this.canvas.node.setAttribute('role', 'img');
  }

  set(preview: Preview): void {
    this.preview = preview;
    const share = (track: PreviewTrack): string => percent(preview.duration_ns > 0 ? track.busy_ns / preview.duration_ns : undefined, 0);
    render(preview.tracks.map((track) => html`<li title=${title(track)}><span class="clip">${title(track)}</span><span class="faint">${share(track)}</span></li>`), this.names);
    this.canvas.node.setAttribute('aria-label', preview.tracks.map((track) => `${title(track)} is busy ${share(track)} of the time`).join('; '));
    setVars(this.picture, {'--height': `${preview.tracks.length * BAND_PX + RULER_PX}px`});
    this.canvas.redraw();
  }

  private draw({context, width_px}: Drawing): void {
    if (!this.preview) return;
    const now = theme();
    const {tracks, duration_ns} = this.preview;
    for (const [row, track] of tracks.entries()) {
      const base_px = (row + 1) * BAND_PX - GAP_PX;
      context.fillStyle = now.colour('--line-1');
      context.fillRect(0, base_px, width_px, 1);
      context.fillStyle = now.colour(track.kind === 'stream' ? '--cat-compute' : '--cat-host');
      const wide_px = width_px / Math.max(1, track.busy_percent.length);
      for (const [i, busy] of track.busy_percent.entries()) {
        const high_px = (busy / 100) * (BAND_PX - 2 * GAP_PX);
        const from_px = Math.floor(i * wide_px);
        if (busy > 0) context.fillRect(from_px, base_px - high_px, Math.max(1, Math.floor((i + 1) * wide_px) - from_px), high_px);
      }
    }
    const scale = durationScale(duration_ns);
    const ticks = niceTicks(duration_ns / scale.divisor, Math.max(2, width_px / TICK_EVERY_PX));
    const places = (ticks[1] ?? 1) < 1 ? Math.ceil(-Math.log10(ticks[1] ?? 1)) : 0;
    const top_px = tracks.length * BAND_PX;
    context.font = now.font(11);
    for (const [i, tick] of ticks.entries()) {
      const x = ((tick * scale.divisor) / duration_ns) * width_px;
      const text = `${fixed(tick, places)}${i === 0 ? `\u00a0${scale.unit}` : ''}`;
      const wide_px = context.measureText(text).width;
      const at = i === 0 ? 0 : x - wide_px / 2;
      if (at + wide_px > width_px) continue;
      context.fillStyle = now.colour('--line-3');
      context.fillRect(Math.round(x), top_px, 1, 4);
      context.fillStyle = now.colour('--text-3');
      context.fillText(text, at, top_px + 16);
    }
  }
}

function title(track: PreviewTrack): string {
  return track.kind === 'stream' && track.device >= 0 ? `GPU ${track.device} ${track.name}` : track.name;
}
