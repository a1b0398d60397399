/** The column of names at the left: heads that fold their group, tracks with their busy share. */
import {html, nothing, render, type TemplateResult} from 'lit/html.js';
import {vars} from '../_kit/dom';
import {plural} from '../_kit/format';
import {icon} from '../_kit/icons';
import type {TrackJson} from './answers';
import {rangeText} from './counter_words';
import {type GroupHead, hasOuterFrames, type Layout, outerKey, type TrackRows} from './layout';
import {shareText} from './picture';

export function renderLabels(node: HTMLElement, layout: Layout, toggle: (key: string) => void): void {
  render(
    html`${layout.heads.map((head) => headLabel(head, toggle))}
      ${layout.tracks.map((rows) => html`${trackLabel(rows, toggle)}${outerFrames(rows, toggle)}`)}`,
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
  const body = html`${title(rows)}
    ${share(track)}`;
  const place = vars({top: `${rows.nameTop}px`, height: `${rows.nameHeight}px`});
  if (track.lanes < 2) return html`<div class="timeline-label" title=${trackTitle(track)} data-track=${track.key} ${place}>${body}</div>`;
  return html`<button type="button" class="timeline-label" aria-expanded=${rows.folded ? 'false' : 'true'} data-track=${track.key}
    title=${`${trackTitle(track)}. Click to ${rows.folded ? 'unfold' : 'fold'} its ${track.lanes} levels.`} ${place}
    @click=${() => toggle(track.key)}>${icon(rows.folded ? 'right' : 'down')}${body}</button>`;
}

/** Of a counter its range; a stream that never works (its annotations) has no share. */
function share(track: TrackJson): TemplateResult | typeof nothing {
  if (track.kind === 'counter') return html`<span class="busy range">${rangeText(track)}</span>`;
  return track.kind === 'stream' && track.busy_ns === 0 ? nothing : html`<span class="busy" data-busy=${track.key}></span>`;
}

/** The row below the title of a thread says how many frames stand in one row, or folds them again. */
function outerFrames({track, folded, outer, lanes, top, nameTop, nameHeight}: TrackRows, toggle: (key: string) => void): TemplateResult | typeof nothing {
  const lane = lanes[Math.max(1, outer)];
  if (folded || !hasOuterFrames(track) || !lane) return nothing;
  const isOpen = outer === 0;
  const words = plural(track.outer_lanes, 'outer frame');
  const place = nameTop < top ? {top: nameTop, height: nameHeight} : lane;
  return html`<button type="button" class="timeline-label frames" aria-expanded=${String(isOpen)} data-frames=${track.key}
    title=${isOpen ? `Show the ${words} in one row` : `Show the ${words} around what this thread does, each in its row`}
    ${vars({top: `${place.top}px`, height: `${place.height}px`})} @click=${() => toggle(outerKey(track))}>
    ${icon(isOpen ? 'down' : 'right')}<span class="clip">${words}</span></button>`;
}

const TAIL_CHARACTERS = 7;

/** Without what stands beside it; too long for the column, it loses its middle, where names differ least. */
function title({track, group}: TrackRows): TemplateResult {
  const thread = /^(thread \d+) \((.+)\)$/.exec(track.title);
  const text = thread && group.title.startsWith(thread[2] ?? ' ') ? (thread[1] ?? '')
    : track.kind === 'counter' ? track.title.replace(/ bytes$/, '') : track.title;
  if (text.length <= 2 * TAIL_CHARACTERS) return html`<span class="clip">${text}</span>`;
  const cut = Math.max(Math.ceil(text.length / 2), text.length - TAIL_CHARACTERS);
  return html`<span class="cut"><span class="clip">${text.slice(0, cut)}</span><span>${text.slice(cut)}</span></span>`;
}

function trackTitle(track: TrackJson): string {
  if (track.kind === 'idle') return `Idle: no stream of the GPU has work; ${plural(track.slices, 'gap')}`;
  if (track.kind === 'counter') return `${track.title}, ${rangeText(track)}, ${plural(track.slices, 'sample')}`;
  return `${track.title}, ${plural(track.slices, 'slice')}`;
}

/** Writes the shares of the view; called with every picture, so it touches text only. */
export function writeShares(node: HTMLElement, shares: ReadonlyMap<string, number>): void {
  for (const element of node.querySelectorAll<HTMLElement>('[data-busy]')) {
    const share = shares.get(element.dataset['busy'] ?? '');
    const text = share === undefined ? '' : shareText(Math.min(1, share));
    if (element.textContent !== text) element.textContent = text;
  }
}
