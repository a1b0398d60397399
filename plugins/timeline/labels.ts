/** The column of names at the left: heads that fold their group, tracks with their busy share. */
import {html, nothing, render, type TemplateResult} from 'lit/html.js';
import {vars} from '../_kit/dom';
import {count, fixed, memorySize, plural} from '../_kit/format';
import {icon} from '../_kit/icons';
import type {TrackJson} from './answers';
import type {GroupHead, Layout, TrackRows} from './layout';
import {shareText} from './picture';

export function renderLabels(node: HTMLElement, layout: Layout, toggle: (key: string) => void): void {
  render(
    html`${layout.heads.map((head) => headLabel(head, toggle))}
      ${layout.tracks.map((rows) => trackLabel(rows, toggle))}`,
    node,
  );
}

function headLabel(head: GroupHead, toggle: (key: string) => void): TemplateResult {
  const {group} = head;
  return html`<button type="button" class="timeline-head" aria-expanded=${head.folded ? 'false' : 'true'} data-group=${group.key}
    title=${head.folded ? 'Unfold' : 'Fold'} ${vars({top: `${head.top}px`, height: `${head.height}px`})}
    @click=${() => toggle(group.key)}>
    ${icon(head.folded ? 'right' : 'down')}<span class="clip">${group.title}</span>
    <span class="note clip">${head.folded ? plural(group.tracks.length, 'track') : group.note}</span>
    ${head.summary.length > 0 ? html`<span class="busy" data-busy=${head.summary[0]?.key ?? ''}></span>` : nothing}
  </button>`;
}

function trackLabel(rows: TrackRows, toggle: (key: string) => void): TemplateResult {
  const {track} = rows;
  const first = rows.lanes[0]?.height ?? 18;
  const height = Math.max(14, rows.folded ? rows.bottom - rows.top : first);
  const body = html`<span class="clip">${track.title}</span>
    ${track.kind === 'counter' ? html`<span class="busy">${rangeText(track)}</span>` : html`<span class="busy" data-busy=${track.key}></span>`}`;
  const place = vars({top: `${rows.top}px`, height: `${height}px`});
  if (track.lanes < 2) return html`<div class="timeline-label" title=${trackTitle(track)} data-track=${track.key} ${place}>${body}</div>`;
  return html`<button type="button" class="timeline-label" aria-expanded=${rows.folded ? 'false' : 'true'} data-track=${track.key}
    title=${`${trackTitle(track)}. Click to ${rows.folded ? 'unfold' : 'fold'} its ${track.lanes} levels.`} ${place}
    @click=${() => toggle(track.key)}>${icon(rows.folded ? 'right' : 'down')}${body}</button>`;
}

function trackTitle(track: TrackJson): string {
  if (track.kind === 'idle') return `Idle: no stream of the GPU has work; ${plural(track.slices, 'gap')}`;
  if (track.kind === 'counter') return `${track.title}, ${plural(track.slices, 'sample')}`;
  return `${track.title}, ${plural(track.slices, 'slice')}`;
}

function rangeText(track: TrackJson): string {
  const {low = 0, high = 0} = track;
  if (/\bbytes\b/.test(track.title)) return `${memorySize(Math.min(0, low))}–${memorySize(high)}`.replace(/^0\D*–/, '0–');
  const text = (value: number): string => (Math.abs(value) >= 1e4 ? count(value) : fixed(value, Number.isInteger(value) ? 0 : 1));
  return `${text(Math.min(0, low))}–${text(high)}`;
}

/** Writes the shares of the view; called with every picture, so it touches text only. */
export function writeShares(node: HTMLElement, shares: ReadonlyMap<string, number>): void {
  for (const element of node.querySelectorAll<HTMLElement>('[data-busy]')) {
    const share = shares.get(element.dataset['busy'] ?? '');
    if (share === undefined) continue;
    const text = shareText(Math.min(1, share));
    if (element.textContent !== text) element.textContent = text;
  }
}
