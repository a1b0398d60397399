/** What a dashboard's page side is to the frame: a panel that is mounted into an element. */
import type {DataClient} from './data_client';
import type {Selection} from './selection';
import type {UrlState} from './url_state';

/** What a finished recording says of itself before it is opened. */
export interface CaptureFacts {
  readonly durationNs: number;
  readonly slices: number;
  readonly steps: number;
  readonly lost: number;
}

/** Set for Profile pages: the capture that the list has selected. */
export interface CaptureInfo {
  readonly id: string;
  /** The run's path below the logdir, "" for the logdir itself. */
  readonly run: string;
  readonly session: string;
  readonly file: string;
  readonly format: string;
  readonly state: 'live' | 'finished' | 'cut';
  readonly stateDetail: string;
  /** Changes whenever the capture's data change. */
  readonly version: string;
  readonly sizeBytes: number;
  /** undefined where the file does not say. */
  readonly facts: CaptureFacts | undefined;
  /** Set for a process of a distributed job: which of how many. */
  readonly rank?: number | undefined;
  readonly worldSize?: number | undefined;
  /** 0 where it is not known. */
  readonly startUnixMs: number;
  /** When its file was last written. */
  readonly modifiedMs: number;
}

export interface PanelHost {
  /** The panel's id, the name of its folder: its routes are "plugin/<id>/…". */
  readonly id: string;
  readonly client: DataClient;
  readonly url: UrlState;
  readonly selection: Selection;
  /** The capture to show; update() is called when it changes. */
  readonly capture: CaptureInfo | undefined;
  /** Shows a node in the inspector at the right; undefined closes it. */
  inspect(content: Node | undefined): void;
  /** Opens another panel, keeping capture and selection; params go into its URL state. */
  open(panelId: string, params?: Readonly<Record<string, string>>): void;
  /** The same place as a link that opens in a new tab, for the href of what open() does. */
  href(panelId: string, params?: Readonly<Record<string, string>>): string;
  /** Whether there is such a panel: the house may be built without it. */
  has(panelId: string): boolean;
  /** What reading the file has shown, and the list of captures may not know. */
  learn(state: CaptureInfo['state'], detail: string): void;
  /** Sets the banner above the panel (losses, cut recordings); undefined removes it. */
  banner(content: Node | undefined): void;
  /** Speaks to a screen reader, politely. */
  announce(sentence: string): void;
}

export interface PanelInstance {
  /** The capture, its data, the URL state or the theme changed: read the host again and redraw. */
  update(): void;
  dispose(): void;
}

/** A key and what it does here, for the help that `?` opens. */
export interface PanelKey {
  readonly keys: string;
  readonly does: string;
}

export interface Panel {
  readonly title: string;
  readonly group: 'metrics' | 'profile';
  /** Tabs are sorted by this, then by title. */
  readonly order: number;
  /** Key after G that opens the page. */
  readonly key?: string;
  /** The list starts folded to its rail. */
  readonly wide?: boolean;
  readonly keys?: readonly PanelKey[];
  mount(root: HTMLElement, host: PanelHost): PanelInstance;
}

/** A panel.ts exports `panel` made by this; the folder's name is its id. */
export function definePanel(panel: Panel): Panel {
  return panel;
}
