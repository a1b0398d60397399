/**
 * A column of durations of all sizes: one unit, which its head names, and decimal points in one
 * line. Each value keeps the digits that mean something.
 */
import {html, type TemplateResult} from 'lit/html.js';
import {vars} from './dom';
import {columnParts, columnScale, durationScale, type Scale} from './format';

/** The most that a digit takes, also in a face 12 % wider. */
export const DIGIT_PX = 9;
const POINT_CH = 0.7;

export interface FigureColumn {
  readonly unit: string;
  /** Room for the widest number. */
  readonly width_px: number;
  cell(value_ns: number): TemplateResult;
}

/** `greatest` for shares of one whole; `typical` for values of which the small ones count as much. */
export function figureColumn(values_ns: readonly number[], by: 'greatest' | 'typical'): FigureColumn {
  const scale = by === 'greatest' ? columnScale(values_ns) : typicalScale(values_ns);
  let [digits, places] = [1, 0];
  for (const value of values_ns) {
    const {whole, fraction} = columnParts(value, scale);
    digits = Math.max(digits, whole.length);
    places = Math.max(places, fraction.length - 1);
  }
  const fraction_ch = places > 0 ? places + POINT_CH : 0;
  return {
    unit: scale.unit,
    width_px: Math.ceil((digits + fraction_ch) * DIGIT_PX),
    cell(value_ns) {
      const {whole, fraction} = columnParts(value_ns, scale);
      return html`<span class="cell-figure" ${vars({'--fraction': `${fraction_ch}ch`})}>${whole}<span class="fraction">${fraction}</span></span>`;
    },
  };
}

function typicalScale(values_ns: readonly number[]): Scale {
  const known = values_ns.filter((value) => value > 0).sort((a, b) => a - b);
  return durationScale(known[known.length >> 1] ?? 0);
}
