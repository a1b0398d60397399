/** What the frame itself has to say: no connection, no permission, no capture, a cut recording. */
import {html, nothing, type TemplateResult} from 'lit/html.js';
import type {Connection} from '../../plugins/_kit/data_client';
import {clock, plural} from '../../plugins/_kit/format';
import type {CaptureInfo} from '../../plugins/_kit/panel';
import {banner, emptyState} from '../../plugins/_kit/states';
import type {Catalogue} from './capture_source';

export function connectionNotice(connection: Connection, tryNow: () => void): TemplateResult | typeof nothing {
  if (connection.state !== 'down') return nothing;
  const wait_s = Math.max(0, Math.ceil((connection.retry_at_ms - Date.now()) / 1000));
  return banner(
    'bad',
    html`<b>The server does not answer.</b> Showing what came until ${clock(connection.since_ms)}.
      ${wait_s > 0 ? `Next try in ${wait_s}\u00a0s.` : 'Trying now.'}`,
    html`<button class="button" type="button" @click=${tryNow}>Try now</button>`,
  );
}

export function notPermittedPage(): TemplateResult {
  return emptyState(
    'This browser has not signed in',
    html`Open the address that <code>tbprof serve</code> printed: it carries the token, and the browser keeps it from then on.
      Is the terminal gone? The same command prints it again, with the same token.`,
    'tbprof serve --logdir DIR',
  );
}

export function loadFailedPage(error: string, retry: () => void): TemplateResult {
  return emptyState('The captures could not be listed', error, undefined,
    html`<button class="button" type="button" @click=${retry}>Try again</button>`);
}

export function pageFailedPage(error: string): TemplateResult {
  return emptyState('This page could not be shown', error, undefined,
    html`<button class="button" type="button" @click=${() => location.reload()}>Load it again</button>`);
}

export function emptyLogdirPage(catalogue: Catalogue, logdir: string | undefined): TemplateResult {
  const where = logdir ?? 'DIR';
  const others: string[] = [];
  if (catalogue.eventRunCount > 0) others.push(`Event files were found in ${plural(catalogue.eventRunCount, 'run')}.`);
  if (catalogue.problems.length > 0) others.push(`Not everything there could be read: ${catalogue.problems.slice(0, 3).join(' ')}`);
  return emptyState(
    logdir ? html`No captures in <code>${logdir}</code> yet` : 'No captures yet',
    html`Record a program with this command: it appears here while it runs. Traces of torch.profiler in
      <code>plugins/profile/</code> are shown as well. ${others.join(' ')}`,
    `tbprof run --logdir ${quote(where)} -- python train.py`,
  );
}

function quote(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

export function missingCapturePage(id: string, newest: CaptureInfo | undefined, show: (capture: CaptureInfo) => void): TemplateResult {
  return emptyState(
    'This capture is not here',
    html`There is no capture <code>${id}</code> in the log directory; it may have been removed, or the link is for another server.`,
    undefined,
    newest ? html`<button class="button primary" type="button" @click=${() => show(newest)}>Show the newest capture</button>` : nothing,
  );
}

export function missingPanelPage(id: string, show: () => void): TemplateResult {
  return emptyState('There is no such page', html`This tbprof has no page <code>${id}</code>.`, undefined,
    html`<button class="button primary" type="button" @click=${show}>Show the first page</button>`);
}

/** Above every page of a capture that ended without being finished. */
export function captureBanner(capture: CaptureInfo | undefined): TemplateResult | typeof nothing {
  if (capture?.state !== 'cut') return nothing;
  return banner('warn', html`<b>This recording was cut.</b> ${withoutCut(capture.stateDetail) ||
    'The program ended before it was finished; everything up to the last whole record is shown.'}`);
}

/** The server's sentence may begin with what the banner has just said. */
function withoutCut(detail: string): string {
  const rest = detail.replace(/^th(e|is) recording was cut[:.;,]?\s*/i, '');
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}
