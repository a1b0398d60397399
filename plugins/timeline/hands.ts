/** What pointer and keys do on the page: they act on the view, the scroll position and the selection. */
import {tooltip} from '../_kit/tooltip';
import {deviceOf} from './answers';
import {gapTip, tipOf} from './details';
import type {Hit} from './hit';
import type {HeldKeys, InputTarget} from './input';
import type {KeyTarget} from './keys';
import type {Stretch} from './recorded';
import type {SelectedThing} from './selected';
import type {View} from './view';

export interface Hands {
  readonly view: View;
  readonly selected: SelectedThing;
  readonly held: HeldKeys;
  /** Scrolls. */
  readonly tracks: HTMLElement;
  readonly picture: HTMLElement;
  hitAt(x: number, y: number): Hit | undefined;
  /** The time outside of windows that lies there. */
  unrecordedAt(x: number): Stretch | undefined;
  pointTo(hit: Hit | undefined): void;
  pointerShare(): number;
  frame(): void;
  redraw(): void;
}

export function pointerTarget(page: Hands): InputTarget {
  const {view, selected, tracks, picture} = page;
  return {
    view,
    widthPx: () => picture.clientWidth,
    hover: (x, y, event) => {
      const hit = page.hitAt(x, y);
      page.pointTo(hit);
      const gap = hit ? undefined : page.unrecordedAt(x);
      if (hit) tooltip.show(tipOf(hit), event.clientX, event.clientY);
      else if (gap) tooltip.show(gapTip(gap), event.clientX, event.clientY);
    },
    leave: () => page.pointTo(undefined),
    click: (x, y) => click(page, page.hitAt(x, y)),
    doubleClick: () => view.fit(),
    range: (from_ns, until_ns, done) => selected.selectRange(Math.max(0, Math.round(from_ns)), Math.round(until_ns), done),
    scroll: (by_px) => tracks.scrollBy(0, by_px),
  };
}

function click({tracks, selected}: Hands, hit: Hit | undefined): void {
  tracks.focus({preventScroll: true});
  if (hit?.isInstant) return;
  if (!hit) selected.clear();
  else if (hit.category === 'idle') selected.selectGap(deviceOf(hit.track.key), hit.id, false);
  else selected.select(hit.id);
}

export function keyTarget(page: Hands): KeyTarget {
  const {view, selected, held, tracks} = page;
  return {
    held,
    changed: () => page.redraw(),
    fit: () => view.fit(),
    frame: () => page.frame(),
    mark: () => {
      const span = selected.span();
      if (span) selected.selectRange(span.from_ns, span.until_ns, true);
    },
    alike: (forward) => selected.walk(forward ? 'next_alike' : 'previous_alike'),
    walk: (way) => selected.walk(way),
    pan: (share) => view.pan(share * view.length_ns),
    scroll: (by_px) => tracks.scrollBy(0, by_px),
    zoom: (factor) => view.zoom(factor, page.pointerShare(), true),
  };
}
