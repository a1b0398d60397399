/** The inspector's last line: to the one before, to the one after, and into the frame. */
import {html, nothing, type TemplateResult} from 'lit/html.js';

export interface Walk {
  /** undefined: there is none that way. */
  readonly previous: (() => void) | undefined;
  readonly next: (() => void) | undefined;
  readonly frame?: () => void;
}

export function walkButtons({previous, next, frame}: Walk): TemplateResult {
  return html`<p class="timeline-walk">
    <button class="button" type="button" ?disabled=${!previous} @click=${previous ?? nothing}><kbd>⇧N</kbd> Previous</button>
    <button class="button" type="button" ?disabled=${!next} @click=${next ?? nothing}><kbd>N</kbd> Next</button>
    ${frame ? frameButton(frame) : nothing}</p>`;
}

export function frameButton(frame: () => void): TemplateResult {
  return html`<button class="button" type="button" title="Frame it; again: its step (F)" @click=${frame}><kbd>F</kbd> Frame it</button>`;
}
