/** Ticks of the time axis, and times as this page writes them. */
import {duration, fixed, UNIT_SPACE} from '../_kit/format';
import type {View} from './view';

const TICK_EVERY_PX = 90;
const LEAST_TICKS = 2;

export interface Ticks {
  readonly times: readonly number[];
  /** Decimals that tell two ticks apart, in ms. */
  readonly places: number;
}

export function timeTicks(view: View, widthPx: number): Ticks {
  const most = Math.max(LEAST_TICKS, widthPx / TICK_EVERY_PX);
  const rough = view.length_ns / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power);
  const times: number[] = [];
  for (let i = Math.ceil(view.from_ns / step); i * step <= view.to_ns; i++) times.push(i * step);
  return {times, places: Math.max(0, Math.min(6, 6 - Math.floor(Math.log10(step) + 1e-9)))};
}

/** In ms since the capture began, without the unit. */
export function axisTime(time_ns: number, places: number): string {
  return fixed(time_ns / 1e6, places).replace(/^<.*/, '0');
}

/** Exact, for the tooltip and the inspector: as many decimals as the duration needs. */
export function exactTime(time_ns: number, near_ns: number): string {
  const places = near_ns >= 1e9 ? 1 : near_ns >= 1e6 ? 3 : near_ns >= 1e3 ? 4 : 6;
  return `${axisTime(time_ns, places)}${UNIT_SPACE}ms`;
}

export function shortTime(value_ns: number): string {
  return duration(value_ns);
}
