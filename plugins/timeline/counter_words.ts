/** Values of a counter as text: on its label, beside a cross, under the pointer. */
import {count, fixed, memorySize, MINUS, UNKNOWN} from '../_kit/format';
import type {TrackJson} from './answers';

const RANGE_DASH = '\u2013';

/** The scale of a counter: its finite values, and zero. */
export function rangeText(track: TrackJson): string {
  const {low, high} = track;
  if (low === null || high === null || low === undefined || high === undefined) return UNKNOWN;
  const [from, to] = [Math.min(0, low), Math.max(0, high)];
  if (from < 0) return `${valueText(track, from)} to ${valueText(track, to)}`;
  return `0${RANGE_DASH}${valueText(track, to)}`;
}

/** "not a number" and "infinite" where it is no figure; `places` are decimals at most. */
export function valueText(track: TrackJson, value: number, places = 1): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'not a number' : value > 0 ? 'infinite' : `${MINUS}infinite`;
  const isMemory = /\bbytes\b/.test(track.title);
  return isMemory && Math.abs(value) < 1e18 ? memorySize(value) : figure(value, places);
}

/** As a program prints it, short enough to stand beside a cross. */
export function oddText(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : `${MINUS}Infinity`;
}

/** Short enough to stand beside a name, whatever its size. */
function figure(value: number, places: number): string {
  const size = Math.abs(value);
  if (size >= 1e12 || (size > 0 && size < 0.05)) return value.toExponential(places).replace('e+', 'e').replaceAll('-', MINUS);
  return size >= 1e4 ? count(value) : fixed(value, Number.isInteger(value) ? 0 : places);
}
