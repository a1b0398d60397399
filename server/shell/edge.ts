/** An edge that moves: drag it, or use the arrow keys on it; double-click gives the usual size back. */
import {html, type TemplateResult} from 'lit/html.js';
import {readSetting, writeSetting} from './settings';

interface Edge {
  readonly name: string;
  /** The custom property on the body that holds the size, and the usual size. */
  readonly property: string;
  readonly usual: string;
  readonly setting: string;
  readonly unit: 'px' | '%';
  readonly low: number;
  readonly high: number;
  /** The size that a pointer at this place means. */
  readonly at: (event: PointerEvent) => number;
  readonly now: (edge: HTMLElement) => number;
  /** Which arrow keys make it greater and smaller. */
  readonly more: string;
  readonly less: string;
}

const KEY_STEP = 16;

export const listEdge: Edge = {
  name: 'Width of the list',
  property: '--list-own',
  usual: '--runs-width',
  setting: 'list_width_px',
  unit: 'px',
  low: 160,
  high: 480,
  at: (event) => event.clientX,
  now: (edge) => edge.parentElement?.offsetWidth ?? 0,
  more: 'ArrowRight',
  less: 'ArrowLeft',
};

export const inspectorEdge: Edge = {
  name: 'Width of the inspector',
  property: '--inspector-own',
  usual: '--inspector-width',
  setting: 'inspector_width_px',
  unit: 'px',
  low: 260,
  high: 900,
  at: (event) => innerWidth - event.clientX,
  now: (edge) => edge.parentElement?.offsetWidth ?? 0,
  more: 'ArrowLeft',
  less: 'ArrowRight',
};

/** On narrow screens the inspector is a sheet at the bottom. */
export const sheetEdge: Edge = {
  name: 'Height of the inspector',
  property: '--sheet-own',
  usual: '--sheet-height',
  setting: 'sheet_height_percent',
  unit: '%',
  low: 20,
  high: 100,
  at: (event) => {
    const main = document.querySelector('main')?.getBoundingClientRect();
    return main ? ((main.bottom - event.clientY) / main.height) * 100 : 45;
  },
  now: (edge) => ((edge.parentElement?.offsetHeight ?? 0) / (document.querySelector('main')?.clientHeight || 1)) * 100,
  more: 'ArrowUp',
  less: 'ArrowDown',
};

export function restoreEdges(): void {
  for (const edge of [listEdge, inspectorEdge, sheetEdge]) {
    const kept = Number(readSetting(edge.setting));
    if (kept >= edge.low && kept <= edge.high) document.body.style.setProperty(edge.property, `${kept}${edge.unit}`);
  }
}

/** As it is set; on a small screen it may show smaller. */
function sizeOf(edge: Edge): number {
  const style = getComputedStyle(document.body);
  return Math.round(Number.parseFloat(style.getPropertyValue(edge.property) || style.getPropertyValue(edge.usual)) || edge.low);
}

function setSize(edge: Edge, size: number, handle: HTMLElement): void {
  const kept = Math.round(Math.min(edge.high, Math.max(edge.low, size)));
  document.body.style.setProperty(edge.property, `${kept}${edge.unit}`);
  handle.setAttribute('aria-valuenow', String(kept));
  handle.setAttribute('aria-valuetext', `${kept} ${edge.unit}`);
  writeSetting(edge.setting, String(kept));
}

function reset(edge: Edge): void {
  document.body.style.removeProperty(edge.property);
  writeSetting(edge.setting, undefined);
}

export function edgeHandle(edge: Edge): TemplateResult {
  const drag = (event: PointerEvent): void => {
    const handle = event.currentTarget as HTMLElement;
    handle.setPointerCapture(event.pointerId);
    handle.classList.add('moving');
    const move = (moved: PointerEvent): void => setSize(edge, edge.at(moved), handle);
    handle.addEventListener('pointermove', move);
    handle.addEventListener(
      'lostpointercapture',
      () => {
        handle.removeEventListener('pointermove', move);
        handle.classList.remove('moving');
      },
      {once: true},
    );
    event.preventDefault();
  };
  const press = (event: KeyboardEvent): void => {
    const sign = event.key === edge.more ? 1 : event.key === edge.less ? -1 : 0;
    if (sign === 0) return;
    const handle = event.currentTarget as HTMLElement;
    setSize(edge, edge.now(handle) + sign * KEY_STEP, handle);
    event.preventDefault();
  };
  const axis = edge.more === 'ArrowUp' ? 'horizontal' : 'vertical';
  return html`<div class="edge" role="separator" tabindex="0" aria-orientation=${axis} aria-label=${edge.name}
    aria-valuemin=${edge.low} aria-valuemax=${edge.high} aria-valuenow=${sizeOf(edge)} aria-valuetext=${`${sizeOf(edge)} ${edge.unit}`}
    @pointerdown=${drag} @keydown=${press} @dblclick=${() => reset(edge)}></div>`;
}
