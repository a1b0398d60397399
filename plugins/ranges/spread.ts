/** How long the calls of a range take: a line from the least to p99 and a dot at the mean, on one log axis that is drawn once, in the head. */
import {html, svg, type TemplateResult} from 'lit/html.js';
import * as format from '../_kit/format';
import type {ShownRow} from './answers';

export const SPREAD_PX = 132;
const PAD_PX = 8;
const HEAD_PX = 28;
/** Closer to an edge a tick's text stands beside its line, not around it. */
const EDGE_PX = 14;

export class SpreadAxis {
  private readonly low: number;
  private readonly high: number;
  /** Units where two or more of them are on the axis, else its ends. */
  private readonly ticks: readonly number[];

  constructor(rows: readonly ShownRow[]) {
    const least = rows.reduce((low, {min_ns}) => (min_ns > 0 ? Math.min(low, min_ns) : low), Infinity);
    const most = rows.reduce((high, {max_ns}) => Math.max(high, max_ns), 1);
    this.low = 10 ** Math.floor(Math.log10(Number.isFinite(least) ? least : 1));
    this.high = Math.max(this.low * 10, 10 ** Math.ceil(Math.log10(most)));
    const units = [1, 1e3, 1e6, 1e9].filter((unit) => unit >= this.low && unit <= this.high);
    this.ticks = units.length >= 2 ? units : [this.low, this.high];
  }

  get title(): string {
    return `Spread, ${tickText(this.low)} to ${tickText(this.high)}, log`;
  }

  head(): TemplateResult {
    return html`<svg class="spread-head" width=${SPREAD_PX} height=${HEAD_PX} aria-hidden="true">${this.ticks.map((tick) => {
      const x = this.at(tick);
      const anchor = x < EDGE_PX ? 'start' : x > SPREAD_PX - EDGE_PX ? 'end' : 'middle';
      return svg`<text x=${anchor === 'start' ? 0 : anchor === 'end' ? SPREAD_PX : x} y="18" text-anchor=${anchor}>${tickText(tick)}</text>`;
    })}</svg>`;
  }

  cell(row: ShownRow): TemplateResult {
    const p99_ns = row.p99_ns ?? row.max_ns;
    const label = `least ${format.duration(row.min_ns)}, median ${format.duration(row.p50_ns)}, mean ${format.duration(row.mean_ns)}, p99 ${format.duration(p99_ns)}, most ${format.duration(row.max_ns)}`;
    const [from, to] = [this.at(row.min_ns), this.at(p99_ns)];
    return html`<svg class="spread" width=${SPREAD_PX} height="16" role="img" aria-label=${label}>
      ${svg`<title>${label}</title>${this.ticks.map((tick) => svg`<path class="grid" d=${`M${Math.round(this.at(tick)) + 0.5} -6v28`}></path>`)}
        <path class="whisker" d=${`M${from} 8H${Math.max(to, from + 0.1)}`}></path>
        <circle cx=${this.at(row.mean_ns)} cy="8" r="3"></circle>`}</svg>`;
  }

  private at(value: number): number {
    return PAD_PX + (Math.log(Math.max(this.low, value) / this.low) / Math.log(this.high / this.low)) * (SPREAD_PX - 2 * PAD_PX);
  }
}

/** "1 µs", "100 ms": a power of ten has no decimals. */
function tickText(value_ns: number): string {
  const [unit, divisor] = value_ns >= 1e9 ? ['s', 1e9] : value_ns >= 1e6 ? ['ms', 1e6] : value_ns >= 1e3 ? ['µs', 1e3] : ['ns', 1];
  return format.withUnit(format.integer(value_ns / (divisor as number)), unit as string);
}
