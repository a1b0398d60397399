/** The elements of the page, made once; everything that changes is drawn into them. */
import {html, render, type TemplateResult} from 'lit/html.js';

export interface PageParts {
  readonly root: HTMLElement;
  readonly summary: HTMLElement;
  readonly search: HTMLElement;
  readonly mapTitle: HTMLElement;
  readonly map: HTMLElement;
  readonly ruler: HTMLElement;
  readonly tracks: HTMLElement;
  readonly space: HTMLElement;
  readonly stick: HTMLElement;
  readonly labels: HTMLElement;
  readonly picture: HTMLElement;
  readonly over: HTMLElement;
  readonly state: HTMLElement;
  readonly notice: HTMLElement;
  readonly frame: HTMLButtonElement;
}

export interface PageActions {
  fit(): void;
  zoom(factor: number): void;
  frame(): void;
}

const ZOOM = 0.5;

export function makePage(host: HTMLElement, actions: PageActions): PageParts {
  render(page(actions), host);
  const find = <T extends HTMLElement = HTMLElement>(selector: string): T => {
    const found = host.querySelector<T>(selector);
    if (!found) throw new Error(`The page has no ${selector}.`);
    return found;
  };
  return {
    root: find('.timeline'), summary: find('.in-view'), search: find('.timeline-search'), mapTitle: find('.map-title'), map: find('.map > div'),
    ruler: find('.ruler > div'), tracks: find('.timeline-tracks'), space: find('.timeline-space'), stick: find('.timeline-stick'),
    labels: find('.timeline-labels > div'), picture: find('.timeline-picture'), over: find('.timeline-over'), state: find('.timeline-empty'),
    notice: find('.timeline-notice'), frame: find<HTMLButtonElement>('.timeline-frame'),
  };
}

function page(actions: PageActions): TemplateResult {
  return html`<div class="timeline">
    <div class="toolbar timeline-bar" role="toolbar" aria-label="View">
      <span class="timeline-search"></span>
      <span class="timeline-zoom">
        <button class="button" type="button" aria-label="Zoom out" title="Zoom out (S)" @click=${() => actions.zoom(1 / ZOOM)}>−</button>
        <button class="button" type="button" title="All of the capture (0 or double-click)" @click=${actions.fit}>Fit</button>
        <button class="button" type="button" aria-label="Zoom in" title="Zoom in (W)" @click=${() => actions.zoom(ZOOM)}>+</button>
      </span>
      <button class="button keys-only timeline-frame" type="button" disabled title="Frame the selection; again: its step (F)" @click=${actions.frame}>Frame</button>
      <span class="small faint keys-only clip timeline-hint">Drag to move, Ctrl or ⌘ and wheel to zoom, Shift and drag to measure</span>
      <span class="labelled in-view"></span>
    </div>
    <div class="timeline-strip map"><p class="map-title"></p>
      <div role="slider" tabindex="0" aria-label="Position in the capture" aria-valuemin="0" aria-valuemax="100" aria-valuenow="0"></div></div>
    <div class="timeline-strip ruler"><p>ms<span class="keys-only"> since start</span></p>
      <div role="slider" tabindex="0" aria-label="Steps. Left and right select one." aria-valuemin="0" aria-valuemax="0" aria-valuenow="0"></div></div>
    <div class="timeline-notice"></div>
    <div class="timeline-tracks" tabindex="0" role="application"
        aria-label="Timeline. W and S zoom, A and D move, arrow keys walk from the selected slice to its neighbours.">
      <div class="timeline-space"><div class="timeline-stick">
        <div class="timeline-labels"><div></div></div>
        <div class="timeline-picture"><div class="timeline-over"></div><div class="timeline-empty" hidden></div></div>
      </div></div>
    </div>
  </div>`;
}
