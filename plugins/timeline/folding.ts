/** Which groups and tracks are folded, hence where rows stand; what is folded is in the address. */
import type {TracksJson} from './answers';
import {renderLabels} from './labels';
import {laneOf, layOut, type Layout, outerKey, rowsOf} from './layout';
import type {PageParts} from './page_parts';
import type {ViewAddress} from './view_address';

/** No room for a column of names: they stand above their tracks. As in timeline.css. */
const NARROW = '(max-width: 599px)';

export class Folding {
  layout: Layout = {heads: [], tracks: [], height: 0};
  private tracks: TracksJson | undefined;
  private folded: ReadonlySet<string> = new Set();
  private isNarrow = matchMedia(NARROW).matches;

  constructor(
    private readonly parts: PageParts,
    private readonly address: ViewAddress,
    private readonly changed: () => void,
  ) {}

  setTracks(tracks: TracksJson | undefined): void {
    this.tracks = tracks;
    this.layOut();
  }

  /** The window is another size. */
  resized(): void {
    const {matches} = matchMedia(NARROW);
    if (matches === this.isNarrow) return;
    this.isNarrow = matches;
    this.layOut();
  }

  followAddress(): void {
    const folded = this.address.folded();
    if (folded.join() === [...this.folded].join()) return;
    this.folded = new Set(folded);
    this.layOut();
  }

  toggle(key: string): void {
    const next = new Set(this.folded);
    if (!next.delete(key)) next.add(key);
    this.folded = next;
    this.address.setFolded([...next]);
    this.layOut();
    this.changed();
  }

  /** Unfolds and scrolls until the row is on the screen. */
  reveal(track: string, depth: number): void {
    const group = this.tracks?.groups.find((candidate) => candidate.tracks.some(({key}) => key === track));
    if (group && this.folded.has(group.key)) this.toggle(group.key);
    const rows = rowsOf(this.layout, track);
    if (rows && depth < rows.outer - 1) this.toggle(outerKey(rows.track));
    const lane = laneOf(this.layout, track, depth);
    const {tracks} = this.parts;
    if (!lane || (lane.top >= tracks.scrollTop && lane.top + lane.height <= tracks.scrollTop + tracks.clientHeight)) return;
    tracks.scrollTop = lane.top - tracks.clientHeight / 2;
  }

  private layOut(): void {
    this.layout = layOut(this.tracks?.groups ?? [], this.folded, this.isNarrow);
    this.parts.space.style.height = `${this.layout.height}px`;
    renderLabels(this.parts.labels, this.layout, (key) => this.toggle(key));
  }
}
