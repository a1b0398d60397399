/** The page: takes the parts, and draws the frame again whenever one of them changed. */
import {html, nothing, render, type TemplateResult} from 'lit/html.js';
import {panels as listed} from 'tbprof:panels';
import {DataClient} from '../../plugins/_kit/data_client';
import {LiveSocket} from '../../plugins/_kit/live_socket';
import type {CaptureInfo} from '../../plugins/_kit/panel';
import {skeleton} from '../../plugins/_kit/states';
import {PageUrl} from '../../plugins/_kit/url_state';
import {captureTitle, type ListView} from './capture_list';
import {CaptureSource} from './capture_source';
import {restoreEdges} from './edge';
import {frame} from './frame';
import {keysDialog, listenForKeys} from './keys';
import {ListFold} from './list_fold';
import {LoadWatch} from './load_watch';
import {LoadingPage} from './loading_page';
import * as notices from './notices';
import {PanelStage} from './panel_stage';
import {startTheme} from './theme_choice';
import type {BarView} from './top_bar';

const panels = listed.toSorted((a, b) => a.order - b.order || (a.title < b.title ? -1 : 1));
const client = new DataClient();
const socket = new LiveSocket();
const url = new PageUrl();
const source = new CaptureSource(client, socket, () => arrive());
const stage = new PanelStage(panels, client, url, () => queueDraw());
const loads = new LoadWatch(client, () => queueDraw());
const loadingPage = new LoadingPage();
const fold = new ListFold(() => queueDraw());
const theme = startTheme(() => {
  stage.queueUpdate();
  queueDraw();
});

let filter = '';
let logdir: string | undefined;
let windowTitle = ''; // as the user wants it, '' for our own
let drawQueued = false;

restoreEdges();
url.subscribe(() => arrive());
socket.watch(() => queueDraw());
client.watchConnection((connection) => {
  if (connection.state === 'up') stage.queueUpdate();
  queueDraw();
});
void client.json<{data_location?: string; window_title?: string}>('environment').then(
  (environment) => {
    logdir = environment.data_location;
    windowTitle = environment.window_title ?? '';
    queueDraw();
  },
  () => undefined, // the list of captures says what is wrong
);
setInterval(() => {
  if (client.connection.state === 'down') queueDraw(); // the countdown
}, 1000);
source.load();
arrive();

function activePanel(): (typeof panels)[number] | undefined {
  return panels.find((panel) => panel.id === url.panel);
}

function chosenCapture(): CaptureInfo | undefined {
  const id = url.get('capture');
  const found = source.catalogue?.captures.find((capture) => capture.id === id);
  return found && stage.known(found);
}

/** The address or the list of captures changed: settles which page and capture to show. */
function arrive(): void {
  const first = panels[0];
  if (url.panel === '' && first) return url.go(first.id, {}, {push: false}); // comes back here
  const newest = source.catalogue?.captures[0];
  if (url.get('capture') === undefined && newest) return url.set({capture: newest.id});
  const capture = chosenCapture();
  const panel = activePanel();
  socket.subscribe(capture?.id);
  fold.setPage(panel?.id ?? '', panel?.wide ?? false);
  const isMetrics = panel?.group === 'metrics';
  stage.show(capture || isMetrics ? panel : undefined, capture);
  loads.follow(panel?.id ?? '', isMetrics ? undefined : capture);
  queueDraw();
}

function queueDraw(): void {
  if (drawQueued) return;
  drawQueued = true;
  queueMicrotask(() => {
    drawQueued = false;
    draw();
  });
}

function draw(): void {
  const capture = chosenCapture();
  const panel = activePanel();
  const inspected = stage.isInspectorHidden ? undefined : stage.inspected;
  const ownTitle = [panel?.title, capture && captureTitle(capture), 'tbprof'].filter(Boolean).join(' · ');
  document.title = windowTitle || ownTitle;
  document.body.classList.toggle('inspecting', inspected !== undefined);
  render(
    frame({
      bar: barView(),
      title: panel?.title ?? 'tbprof',
      notice: notices.connectionNotice(client.connection, tryNow),
      list: listView(),
      isListShown: fold.isShown,
      banners: [notices.captureBanner(capture), stage.bannerNode ?? nothing],
      content: content(capture),
      inspected,
      isNarrow: fold.isNarrow,
      keys: keysDialog(panels, panel?.title, stage.keys),
      spoken: stage.spoken,
      showList: () => fold.toggle(inspected !== undefined),
      closeInspector: () => stage.closeInspector(),
    }),
    document.body,
  );
}

function content(capture: CaptureInfo | undefined): Node | TemplateResult {
  const page = insteadOfPanel(capture) ?? whileLoading(capture);
  return page ? html`<div class="panel" tabindex="-1">${page}</div>` : stage.root;
}

function insteadOfPanel(capture: CaptureInfo | undefined): TemplateResult | undefined {
  const {catalogue} = source;
  if (client.connection.state === 'not_permitted') return notices.notPermittedPage();
  const first = panels[0];
  if (!activePanel() && url.panel && first) return notices.missingPanelPage(url.panel, () => url.go(first.id));
  if (!catalogue && source.error) return notices.loadFailedPage(source.error, tryNow);
  if (!catalogue) return skeleton([28, 56, 152, 260]);
  if (activePanel()?.group === 'profile') {
    if (catalogue.captures.length === 0) return notices.emptyLogdirPage(catalogue, logdir);
    if (!capture) return notices.missingCapturePage(url.get('capture') ?? '', catalogue.captures[0], choose);
  }
  if (stage.error) return notices.pageFailedPage(stage.error);
  return stage.hasPanel ? undefined : skeleton([28, 56, 152, 260]);
}

function whileLoading(capture: CaptureInfo | undefined): Node | undefined {
  if (!capture || !loads.loading) return undefined;
  loadingPage.show(loads.loading, capture);
  return loadingPage.node;
}

/** Of a foreign file "complete" would be a guess until it is read. */
function saysState(capture: CaptureInfo | undefined): boolean {
  return capture !== undefined && (capture.state !== 'finished' || capture.format === 'tbtrace');
}

function barView(): BarView {
  const capture = activePanel()?.group === 'profile' ? chosenCapture() : undefined;
  return {
    panels,
    active: activePanel(),
    connection: connectionWord(),
    capture: saysState(capture) ? capture : undefined,
    href: (panel) => url.href(panel.id),
    open: openPanel,
    toggleList,
    toggleTheme: () => theme.toggle(),
    search,
    showKeys,
  };
}

function connectionWord(): BarView['connection'] {
  if (client.connection.state === 'down') return {word: 'No connection', kind: 'down', detail: 'The server does not answer'};
  if (socket.state === 'open') return {word: 'Connected', kind: 'open', detail: 'New captures and records appear by themselves'};
  return {word: 'Polling', kind: 'waiting', detail: 'No push connection: the list is asked for every 3 s'};
}

function listView(): ListView {
  return {
    catalogue: source.catalogue && {...source.catalogue, captures: source.catalogue.captures.map((capture) => stage.known(capture))},
    selected: chosenCapture(),
    filter,
    isDrawer: fold.isNarrow,
    href: (capture) => url.href(url.panel, {capture: capture.id, sel: undefined}),
    choose,
    setFilter(text) {
      filter = text;
      queueDraw();
    },
    fold: toggleList,
  };
}

function choose(capture: CaptureInfo): void {
  if (fold.isNarrow) fold.closeDrawer();
  url.set({capture: capture.id, sel: undefined}, {push: true});
}

function openPanel(panel: (typeof panels)[number]): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>('.group-menu[open]')) menu.open = false;
  url.go(panel.id);
}

function toggleList(): void {
  fold.toggle(stage.inspected !== undefined && !stage.isInspectorHidden);
}

function tryNow(): void {
  socket.retryNow();
  source.load();
}

function search(): void {
  const field = document.querySelector<HTMLInputElement>('.panel [data-search]');
  if (field) {
    field.focus();
    field.select();
  } else {
    filterCaptures();
  }
}

function filterCaptures(): void {
  fold.show();
  draw();
  const field = document.querySelector<HTMLInputElement>('.capture-filter');
  field?.focus();
  field?.select();
}

function showKeys(): void {
  document.querySelector<HTMLDialogElement>('dialog.keys')?.showModal();
}

listenForKeys({
  panels,
  open: openPanel,
  search,
  filterCaptures,
  toggleList,
  toggleInspector() {
    if (!stage.inspected) return;
    stage.isInspectorHidden = !stage.isInspectorHidden;
    queueDraw();
  },
  toggleTheme: () => theme.toggle(),
  showKeys,
  escape() {
    if (fold.isNarrow && fold.isShown) fold.closeDrawer();
    else if (stage.inspected || stage.selection.value) stage.closeInspector();
    else return false;
    return true;
  },
});
