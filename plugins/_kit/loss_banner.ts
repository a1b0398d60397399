/**
 * What is missing from what a page shows, said above it for as long as it shows. The words come
 * from the server (analyzer/report/loss_words.h), so that pages and terminal say the same.
 */
import {html, type TemplateResult} from 'lit/html.js';
import {plural, traceTime} from './format';
import {banner} from './states';

export interface Loss {
  readonly kind: string;
  /** The kind in a few words. */
  readonly label: string;
  readonly count: number;
  /** Both 0 where it is not known when. */
  readonly from_ns: number;
  readonly until_ns: number;
  /** How many, of what, and why, as a sentence. */
  readonly detail: string;
  /** What it does to the figures, as a sentence. */
  readonly meaning: string;
}

/** Reasons that are said in full; the others are counted. */
const MOST_SAID = 3;

export function lossBanner(losses: readonly Loss[]): TemplateResult | undefined {
  if (losses.length === 0) return undefined;
  const [first, ...others] = losses.toSorted((a, b) => b.count - a.count).map(sentence);
  const said = others.slice(0, MOST_SAID - 1);
  const more = others.length - said.length;
  const meanings = [...new Set(losses.map((loss) => loss.meaning))];
  return banner('warn', html`<b>${first}</b> ${[...said, ...(more > 0 ? [`And ${plural(more, 'more reason')}.`] : []), ...meanings].join(' ')}`);
}

/** With the time of the loss, where it is known. */
function sentence({detail, from_ns, until_ns}: Loss): string {
  if (until_ns <= 0) return detail;
  const when = from_ns === until_ns ? `at ${traceTime(from_ns)}` : `between ${traceTime(from_ns)} and ${traceTime(until_ns)}`;
  return `${detail.replace(/\.$/, '')}, ${when}.`;
}
