/** The whole page as one template: bar, notice, list, main, inspector. */
import {html, nothing, type TemplateResult} from 'lit/html.js';
import {icon} from '../../plugins/_kit/icons';
import {type BarView, topBar} from './top_bar';
import {captureList, captureRail, captureTitle, type ListView} from './capture_list';
import {edgeHandle, inspectorEdge, sheetEdge} from './edge';

export interface FrameView {
  readonly bar: BarView;
  /** The page's name, for who hears it: a page may have no other heading. */
  readonly title: string;
  readonly notice: TemplateResult | typeof nothing;
  readonly list: ListView;
  readonly isListShown: boolean;
  readonly banners: readonly (TemplateResult | Node | typeof nothing)[];
  /** The panel's element, or what the frame has to say instead of it. */
  readonly content: Node | TemplateResult;
  readonly inspected: Node | undefined;
  readonly isNarrow: boolean;
  readonly keys: TemplateResult;
  readonly spoken: string;
  showList(): void;
  closeInspector(): void;
}

export function frame(view: FrameView): TemplateResult {
  const listName = view.list.selected ? captureTitle(view.list.selected) : 'Captures';
  return html`
    <a class="skip" href="#main" @click=${skip}>Skip to content</a>
    ${topBar(view.bar)}
    <div class="notice">${view.notice}</div>
    ${view.isListShown ? html`${captureList(view.list)}
      ${view.list.isDrawer ? html`<div class="scrim" @click=${view.list.fold}></div>` : nothing}` : nothing}
    ${view.isListShown ? captureRail(listName, view.showList, true) : captureRail(listName, view.showList, false)}
    <main id="main" tabindex="-1">
      <h1 class="visually-hidden">${view.title}</h1>
      <div class="banners">${view.banners}</div>
      ${view.content}
    </main>
    ${view.inspected ? html`<aside class="inspector" aria-label="Inspector">
        ${view.isNarrow ? edgeHandle(sheetEdge) : edgeHandle(inspectorEdge)}
        <button class="icon-button close" type="button" aria-label="Close" title="Close (Esc)" @click=${view.closeInspector}>${icon('close')}</button>
        <div class="inspector-body">${view.inspected}</div>
      </aside>` : nothing}
    ${view.keys}
    <div class="visually-hidden" aria-live="polite">${view.spoken}</div>`;
}

// The address holds the page's place in its fragment, so the skip link only moves the focus.
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('main')?.focus();
}
