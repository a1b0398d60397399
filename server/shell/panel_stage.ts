/**
 * Loads, mounts and updates the panel that the address names, and is the host that it sees. What a
 * panel hands over (inspector, banner) is kept here as nodes; the frame places them.
 */
import type {ListedPanel} from 'tbprof:panels';
import type {DataClient} from '../../plugins/_kit/data_client';
import type {CaptureInfo, PanelHost, PanelInstance, PanelKey} from '../../plugins/_kit/panel';
import {Selection} from '../../plugins/_kit/selection';
import type {PageUrl} from '../../plugins/_kit/url_state';

export class PanelStage {
  /** Where the panel draws. A new element for each panel, so that nothing of the last one is left. */
  root = newRoot('');
  inspected: Node | undefined;
  /** The inspector is put aside by its key, not closed. */
  isInspectorHidden = false;
  bannerNode: Node | undefined;
  spoken = '';
  /** The panel's code could not be loaded or failed. */
  error: string | undefined;
  keys: readonly PanelKey[] = [];
  readonly selection: Selection;

  private mounted: {id: string; instance: PanelInstance} | undefined;
  private wantedId: string | undefined;
  private capture: CaptureInfo | undefined;
  private updateQueued = false;
  /** By capture: what a panel learned of this version of it. */
  private readonly learned = new Map<string, Pick<CaptureInfo, 'version' | 'state' | 'stateDetail'>>();

  constructor(
    private readonly panels: readonly ListedPanel[],
    private readonly client: DataClient,
    private readonly url: PageUrl,
    private readonly changed: () => void,
  ) {
    this.selection = new Selection(url);
    url.subscribe(() => this.queueUpdate());
  }

  get hasPanel(): boolean {
    return this.mounted !== undefined;
  }

  /** The capture as the panels know it: that a foreign file was cut shows only when it is read. */
  known(capture: CaptureInfo): CaptureInfo {
    const learned = this.learned.get(capture.id);
    return learned?.version === capture.version && capture.state === 'finished' ? {...capture, ...learned} : capture;
  }

  /** Shows this panel on this capture. undefined takes the panel away (the frame has a word to say). */
  show(panel: ListedPanel | undefined, capture: CaptureInfo | undefined): void {
    const isNews = capture?.id !== this.capture?.id || capture?.version !== this.capture?.version || capture?.state !== this.capture?.state;
    this.capture = capture;
    if (panel?.id !== this.wantedId) {
      this.wantedId = panel?.id;
      this.unmount();
      if (panel) void this.load(panel);
    } else if (isNews) {
      this.queueUpdate();
    }
  }

  /** The theme or the connection changed. */
  queueUpdate(): void {
    if (this.updateQueued) return;
    this.updateQueued = true;
    queueMicrotask(() => {
      this.updateQueued = false;
      // The address may name another panel by now: that one is mounted, not this one updated.
      if (this.mounted && this.mounted.id === this.url.panel) this.guard(() => this.mounted?.instance.update());
    });
  }

  closeInspector(): void {
    const hadFocus = document.querySelector('.inspector')?.contains(document.activeElement);
    this.selection.clear();
    this.inspected = undefined;
    this.changed();
    if (hadFocus) this.root.focus();
  }

  private async load(panel: ListedPanel): Promise<void> {
    try {
      const module = await panel.load();
      if (this.wantedId !== panel.id) return; // the user has gone on
      this.root = newRoot(panel.id);
      this.keys = module.panel.keys ?? [];
      this.guard(() => {
        this.mounted = {id: panel.id, instance: module.panel.mount(this.root, this.host(panel.id))};
      });
    } catch (reason) {
      this.error = `The page ${panel.title} could not be loaded: ${String(reason)}`;
    }
    this.changed();
  }

  private unmount(): void {
    const instance = this.mounted?.instance;
    this.mounted = undefined;
    this.inspected = undefined;
    this.isInspectorHidden = false;
    this.bannerNode = undefined;
    this.error = undefined;
    this.keys = [];
    this.root = newRoot('');
    if (instance) this.guard(() => instance.dispose());
  }

  private guard(act: () => void): void {
    try {
      act();
    } catch (reason) {
      console.error(reason);
      this.error = `This page failed: ${reason instanceof Error ? reason.message : String(reason)}`;
      this.changed();
    }
  }

  private host(id: string): PanelHost {
    const stage = this;
    const {panels, url, client, selection} = this;
    const rootOfHost = this.root;
    // A panel that has been taken away but still waits for an answer must not touch the frame.
    const isMine = (): boolean => stage.root === rootOfHost;
    return {
      id,
      client,
      url,
      selection,
      get capture() {
        return stage.capture;
      },
      inspect(content) {
        if (!isMine() || stage.inspected === content) return;
        if (content && !stage.inspected) stage.isInspectorHidden = false;
        stage.inspected = content;
        stage.changed();
      },
      open: (panelId, params) => url.go(panelId, params ?? {}),
      href: (panelId, params) => url.href(panelId, params ?? {}),
      has: (panelId) => panels.some((panel) => panel.id === panelId),
      learn(state, stateDetail) {
        const {capture} = stage;
        const before = capture && stage.learned.get(capture.id);
        if (!isMine() || !capture || capture.state === state || (before?.version === capture.version && before.stateDetail === stateDetail)) return;
        stage.learned.set(capture.id, {version: capture.version, state, stateDetail});
        stage.changed();
      },
      banner(content) {
        if (!isMine() || stage.bannerNode === content) return;
        stage.bannerNode = content;
        stage.changed();
      },
      announce(sentence) {
        stage.spoken = sentence;
        stage.changed();
      },
    };
  }
}

function newRoot(id: string): HTMLElement {
  const root = document.createElement('div');
  root.className = `panel panel-${id}`;
  root.tabIndex = -1;
  return root;
}
