/** What the toolbar says of the view. */
import {plural} from '../_kit/format';
import {firstTouching} from './row_painter';
import type {RulerState} from './ruler';
import {shortTime} from './time_axis';

/** "100 ms", "of 8.24 s, steps 1206 to 1207". */
export function viewSummary(state: RulerState): {view: string; rest: string} {
  const {view, loader, tracks} = state;
  if (view.isFull) {
    const recorded = state.recorded.gaps.length > 0 ? `${shortTime(state.recorded.share(view.from_ns, view.to_ns) * view.length_ns)} recorded, ` : '';
    return {view: shortTime(view.length_ns), rest: `in all, ${recorded}${plural(tracks?.slices ?? 0, 'slice')}`};
  }
  const data = loader.dataFor('steps', view.from_ns, view.to_ns, view.length_ns / 1000).at(-1);
  const row = data?.row('steps', 0);
  const names: string[] = [];
  if (data && row) {
    for (let i = firstTouching(data, row, view.from_ns); i < row.rectangleEnd && (data.rectangleStart[i] ?? 0) < view.to_ns; i++) {
      names.push((data.names[data.rectangleName[i] ?? 0] ?? '').replace('Step ', ''));
    }
  }
  const [first, last] = [names[0], names.at(-1)];
  const steps = first === undefined ? '' : first === last ? `, step ${first}` : `, steps ${first} to ${last}`;
  return {view: shortTime(view.length_ns), rest: `of ${shortTime(view.duration_ns)}${steps}`};
}
