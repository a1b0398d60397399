/**
 * Watches a capture that the server still reads: asks how far it is for as long as the shown page
 * waits for its first answer, and once for what the recording's own index tells meanwhile.
 */
import type {DataClient} from '../../plugins/_kit/data_client';
import type {CaptureInfo} from '../../plugins/_kit/panel';

export interface PreviewSteps {
  /** Each entry is the longest of so many. */
  readonly each: number;
  /** null where steps were left out. */
  readonly median_ns: number | null;
  readonly max_ns: number;
  readonly number: readonly number[];
  readonly start_ns: readonly number[];
  readonly duration_ns: readonly number[];
}

export interface PreviewTrack {
  readonly name: string;
  readonly kind: 'thread' | 'stream';
  readonly device: number;
  readonly slices: number;
  readonly busy_ns: number;
  /** Over equal parts of the recording; empty where it is not known. */
  readonly busy_percent: readonly number[];
}

/** What ./data/capture/<id>/preview answers: see analyzer/report/preview_report.h. */
export interface Preview {
  readonly start_unix_ms: number;
  readonly duration_ns: number;
  readonly counts: {readonly slices: number; readonly steps: number; readonly lost: number; readonly tracks: number};
  readonly steps: PreviewSteps;
  readonly tracks: readonly PreviewTrack[];
}

interface LoadingJson {
  readonly loading: boolean;
  readonly phase?: 'waiting' | 'unpacking' | 'reading' | 'sorting';
  readonly read_bytes?: number;
  readonly size_bytes?: number;
}

export interface Loading {
  /** answering: it is read, and the page's first answer is being made. */
  readonly phase: 'waiting' | 'unpacking' | 'reading' | 'sorting' | 'answering';
  readonly read_bytes: number;
  readonly size_bytes: number;
  readonly preview: Preview | undefined;
}

/** What loads faster shows no sign of it. */
const SHOW_AFTER_MS = 150;
const ASK_EVERY_MS = 300;

export class LoadWatch {
  /** undefined while there is nothing to say. */
  loading: Loading | undefined;
  private panel = '';
  private capture: CaptureInfo | undefined;
  private preview: Preview | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private generation = 0;

  constructor(
    private readonly client: DataClient,
    private readonly changed: () => void,
  ) {
    client.watchQuestions(() => this.look());
  }

  /** The page and the capture that are shown. */
  follow(panel: string, capture: CaptureInfo | undefined): void {
    if (capture?.id !== this.capture?.id) {
      if (this.capture) this.client.abandon(this.capture.id);
      this.preview = undefined;
      this.stop();
    }
    this.panel = panel;
    this.capture = capture;
    this.look();
  }

  private look(): void {
    const isAwaited = this.capture !== undefined && this.client.awaitsFirst(this.panel, this.capture.id);
    if (!isAwaited) this.stop();
    else this.timer ??= setTimeout(() => void this.ask(), SHOW_AFTER_MS);
  }

  private stop(): void {
    this.generation++;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.loading) return;
    this.loading = undefined;
    this.changed();
  }

  private async ask(): Promise<void> {
    const {capture, generation} = this;
    if (!capture) return;
    try {
      if (capture.facts) this.preview ??= await this.client.json<Preview>(`capture/${capture.id}/preview`, {}, capture.version);
    } catch {
      // Without it there is still the progress.
    }
    try {
      const now = await this.client.json<LoadingJson>(`capture/${capture.id}/loading`);
      if (generation !== this.generation) return;
      this.loading = {
        phase: now.loading ? now.phase ?? 'reading' : 'answering',
        read_bytes: now.read_bytes ?? 0,
        size_bytes: now.size_bytes ?? capture.sizeBytes,
        preview: this.preview,
      };
      this.changed();
    } catch {
      // The page's own question says what is wrong.
    }
    if (generation === this.generation) this.timer = setTimeout(() => void this.ask(), ASK_EVERY_MS);
  }
}
