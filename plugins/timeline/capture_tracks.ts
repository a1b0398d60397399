/** The list of tracks of the capture that the frame has chosen: asked for again whenever it has grown. */
import {DataError} from '../_kit/data_client';
import type {PanelHost} from '../_kit/panel';
import type {TracksJson} from './answers';

export interface TracksEvents {
  /** `isFirst`: nothing of this capture was shown before. */
  arrived(tracks: TracksJson, isFirst: boolean): void;
  failed(): void;
}

export class CaptureTracks {
  /** Of an older version until the newer one is there; of another capture never. */
  value: TracksJson | undefined;
  error: DataError | undefined;
  private capture = '';
  private version = '';

  constructor(
    private readonly host: PanelHost,
    private readonly events: TracksEvents,
  ) {}

  /** Returns whether there is another capture or version to load. */
  follow(): boolean {
    const {capture} = this.host;
    if (!capture || (capture.id === this.capture && capture.version === this.version)) return false;
    if (capture.id !== this.capture) {
      this.value = undefined;
      this.error = undefined;
    }
    this.capture = capture.id;
    this.version = capture.version;
    void this.load(capture.id, capture.version);
    return true;
  }

  private async load(capture: string, version: string): Promise<void> {
    const isAsked = (): boolean => capture === this.capture && version === this.version;
    try {
      const tracks = await this.host.client.json<TracksJson>('plugin/timeline/tracks', {capture}, version);
      if (!isAsked()) return;
      const isFirst = this.value === undefined;
      this.error = undefined;
      this.value = tracks;
      this.events.arrived(tracks, isFirst);
    } catch (reason) {
      if (!isAsked()) return;
      this.error = reason instanceof DataError ? reason : new DataError(String(reason), -1);
      this.version = ''; // the next follow() asks again
      this.events.failed();
    }
  }
}
