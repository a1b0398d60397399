/** The timeline's keys. They act outside fields only; each has a control on the page as well. */
import {isPlainKey, isTyping} from '../_kit/dom';
import type {HeldKeys} from './input';
import type {Way} from './selected';

export interface KeyTarget {
  readonly held: HeldKeys;
  changed(): void;
  fit(): void;
  frame(): void;
  mark(): void;
  /** N and ⇧N: like the selected. */
  alike(forward: boolean): boolean;
  /** false if nothing is selected: the arrows then move the picture. */
  walk(way: Way): boolean;
  pan(share: number): void;
  scroll(by_px: number): void;
  zoom(factor: number): void;
}

const ARROWS: Readonly<Record<string, Way>> = {ArrowLeft: 'previous', ArrowRight: 'next', ArrowUp: 'up', ArrowDown: 'down'};
const SCROLL_PX = 60;
const PAN_SHARE = 0.15;
const ZOOM = 0.6;

/** The result stops listening. */
export function listenForTimelineKeys(target: KeyTarget): () => void {
  const stop = new AbortController();
  document.addEventListener('keydown', (event) => down(event, target), {signal: stop.signal});
  document.addEventListener('keyup', (event) => target.held.release(event.key), {signal: stop.signal});
  window.addEventListener('blur', () => target.held.releaseAll(), {signal: stop.signal});
  return () => stop.abort();
}

function down(event: KeyboardEvent, target: KeyTarget): void {
  if (event.defaultPrevented || !isPlainKey(event) || isTyping(event) || document.querySelector('dialog[open]')) return;
  const key = event.key;
  if (!event.shiftKey && target.held.press(key)) {
    target.changed();
  } else if (ARROWS[key]) {
    // In lists and in the inspector the arrows belong to those.
    if (event.target instanceof Element && event.target.closest('nav, .inspector, [role=slider], [role=separator]')) return;
    if (!target.walk(ARROWS[key])) move(key, target);
  } else if (!act(key, target)) {
    return;
  }
  event.preventDefault();
}

function move(key: string, target: KeyTarget): void {
  if (key === 'ArrowLeft') target.pan(-PAN_SHARE);
  else if (key === 'ArrowRight') target.pan(PAN_SHARE);
  else target.scroll(key === 'ArrowDown' ? SCROLL_PX : -SCROLL_PX);
}

function act(key: string, target: KeyTarget): boolean {
  switch (key) {
    case '0':
      target.fit();
      return true;
    case 'f':
      target.frame();
      return true;
    case 'm':
      target.mark();
      return true;
    case 'n':
    case 'N':
      target.alike(key === 'n');
      return true;
    case '+':
    case '=':
      target.zoom(ZOOM);
      return true;
    case '-':
      target.zoom(1 / ZOOM);
      return true;
    default:
      return false;
  }
}
