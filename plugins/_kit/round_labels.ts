/** Which columns of a chart have their number below them. Pure functions. */

/** Where not every column can have its label: one in so many px. */
const LABEL_EVERY_PX = 90;

/**
 * Columns that have a label below them, and its text: those with round numbers; without numbers, every
 * so many. Where columns stand for many steps each, the first at or behind a round number has it.
 */
export function roundLabels(labels: readonly string[], width_px: number, hasRoomForAll: boolean): [index: number, text: string][] {
  const numbers = labels.map((label) => (label === '' ? NaN : Number(label)));
  const gaps = numbers.slice(1).map((number, i) => number - (numbers[i] ?? 0));
  const isRising = numbers.every(Number.isInteger) && gaps.every((gap) => gap > 0);
  const typicalGap = isRising ? (gaps.sort((one, other) => one - other)[gaps.length >> 1] ?? 1) : 1;
  const every = hasRoomForAll ? 1 : labelStep(labels.length * typicalGap, width_px);
  return labels.flatMap((label, i): [number, string][] => {
    const number = numbers[i] ?? NaN;
    if (!isRising) return (Number.isInteger(number) ? number : i) % every === 0 ? [[i, label]] : [];
    const round = Math.floor(number / every) * every;
    const before = numbers[i - 1] ?? number - 1;
    // In a gap that is wider than that no column is near the number.
    return round > before && (round === number || number - before <= every) ? [[i, String(round)]] : [];
  });
}

function labelStep(count: number, width_px: number): number {
  const rough = count / Math.max(1, width_px / LABEL_EVERY_PX);
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  return Math.max(1, ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power);
}
