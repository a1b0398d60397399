/**
 * Numbers and units as the whole page writes them: narrow no-break spaces between groups, a
 * no-break space before a unit, a true minus, an en dash for what is unknown, "< 0.01" for what is
 * too small for its column, and one unit and one precision for all values of a column or axis.
 */
export const THIN_SPACE = '\u202f';
export const UNIT_SPACE = '\u00a0';
export const MINUS = '\u2212';
export const UNKNOWN = '\u2013';

export type Maybe = number | null | undefined;

/** Digits in groups of three from four digits on: 1 613. */
export function group(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, THIN_SPACE);
}

/** With so many decimals: 412.0, −29.8; "< 0.1" for what would read 0.0 but is not. */
export function fixed(value: Maybe, places = 1): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  const sign = value < 0 ? MINUS : '';
  const size = Math.abs(value);
  if (size > 0 && size < 0.5 * 10 ** -places) return `<${UNIT_SPACE}${sign}${(10 ** -places).toFixed(places)}`;
  if (size === 0) return '0';
  const [whole = '0', part] = size.toFixed(places).split('.');
  return sign + group(whole) + (part ? `.${part}` : '');
}

/** A whole number with groups: 18 944. Not for step numbers, ids or years. */
export function integer(value: Maybe): string {
  return fixed(value, 0);
}

/** For a sentence: three digits and a letter above 10 000, else the number: 9.41 M. */
export function count(value: Maybe): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  if (Math.abs(value) < 10_000) return integer(value);
  for (const [unit, letter] of [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']] as const) {
    if (Math.abs(value) >= unit * 0.9995) return `${digits3(value / unit)}${UNIT_SPACE}${letter}`;
  }
  return integer(value);
}

/** Three digits that mean something: 9.41, 41.3, 413. */
function digits3(value: number): string {
  const size = Math.abs(value);
  return fixed(value, size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

/** "1 step", "20 steps". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)}${UNIT_SPACE}${value === 1 ? one : many}`;
}

/** A share of 1 in percent: 16.0 %, "< 0.1 %". */
export function percent(share: Maybe, places = 1): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return UNKNOWN;
  return `${fixed(share * 100, places)}${THIN_SPACE}%`;
}

/** With its sign always: +94.3, −29.8, 0; "< 0.1" for a change too small for the column either way. */
export function signed(value: Maybe, places = 1): string {
  const text = fixed(value, places);
  if (text.startsWith('<')) return text.replace(MINUS, '');
  return typeof value === 'number' && value > 0 && Number.isFinite(value) ? `+${text}` : text;
}

/** One unit and one precision for values that stand together. */
export interface Scale {
  readonly unit: string;
  /** How much one unit is in what the values are counted in. */
  readonly divisor: number;
  readonly places: number;
}

/** The scale of durations whose greatest (or typical) is this. */
export function durationScale(reference_ns: number): Scale {
  const size = Math.abs(reference_ns);
  if (size >= 1e10) return {unit: 's', divisor: 1e9, places: size >= 1e13 ? 0 : size >= 1e11 ? 1 : 2};
  if (size >= 9.995e5) return {unit: 'ms', divisor: 1e6, places: size >= 1e9 ? 0 : size >= 9.995e6 ? 1 : 2};
  if (size >= 999.5) return {unit: 'µs', divisor: 1e3, places: size >= 9.95e4 ? 0 : size >= 9.995e3 ? 1 : 2};
  return {unit: 'ns', divisor: 1, places: 0};
}

/** The scale of a column: by its greatest value. */
export function columnScale(values_ns: Iterable<Maybe>): Scale {
  let greatest = 0;
  for (const value of values_ns) if (typeof value === 'number') greatest = Math.max(greatest, Math.abs(value));
  const scale = durationScale(greatest);
  // A column also holds values far below its greatest one.
  return scale.unit === 'ms' && scale.places === 0 ? {...scale, places: 1} : scale;
}

/** The number alone, for a column whose head names the unit. */
export function scaled(value: Maybe, scale: Scale): string {
  return fixed(typeof value === 'number' ? value / scale.divisor : value, scale.places);
}

export function withUnit(number: string, unit: string): string {
  return number === UNKNOWN ? number : `${number}${UNIT_SPACE}${unit}`;
}

/** A duration with its unit: 13.8 ms. Give a scale where several stand together. */
export function duration(value_ns: Maybe, scale?: Scale): string {
  if (value_ns === null || value_ns === undefined || !Number.isFinite(value_ns)) return UNKNOWN;
  const chosen = scale ?? durationScale(value_ns);
  return withUnit(scaled(value_ns, chosen), chosen.unit);
}

/**
 * For a column of values of all sizes in one unit: the digits that mean something, down to the
 * third decimal (1 049, 415.8, 9.55, 0.294, "< 0.001"), cut at the point so that points can stand
 * in one line.
 */
export function columnParts(value: number, scale: Scale): {readonly whole: string; readonly fraction: string} {
  const size = Math.abs(value / scale.divisor);
  const text = fixed(value / scale.divisor, scale.divisor === 1 || size >= 999.5 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3);
  const point = text.lastIndexOf('.');
  return {whole: point < 0 ? text : text.slice(0, point), fraction: point < 0 ? '' : text.slice(point)};
}

/** About how long, in three digits, where there is no room for more: 5.17 s. */
export function aboutDuration(value_ns: number): string {
  return value_ns >= 0.9995e9 ? withUnit(digits3(value_ns / 1e9), 's') : duration(value_ns);
}

/** A change with its sign: −29.8 ms. */
export function durationChange(value_ns: number, scale?: Scale): string {
  const chosen = scale ?? durationScale(value_ns);
  return withUnit(signed(value_ns / chosen.divisor, chosen.places), chosen.unit);
}

/** A time since the capture began, in ms, with as many decimals as `resolution_ns` can tell apart. */
export function traceTime(time_ns: number, resolution_ns = 1e5): string {
  const places = Math.min(6, Math.max(0, Math.ceil(6 - Math.log10(Math.max(1, resolution_ns)))));
  return withUnit(fixed(time_ns / 1e6, places), 'ms');
}

/** Files and links, in powers of 1000: 41.3 MB. */
export function fileSize(value_bytes: Maybe): string {
  if (value_bytes === null || value_bytes === undefined || !Number.isFinite(value_bytes)) return UNKNOWN;
  for (const [unit, name] of [[1e12, 'TB'], [1e9, 'GB'], [1e6, 'MB'], [1e3, 'kB']] as const) {
    if (value_bytes >= unit * 0.9995) return withUnit(digits3(value_bytes / unit), name);
  }
  return withUnit(integer(value_bytes), value_bytes === 1 ? 'byte' : 'bytes');
}

/** Memory, in powers of 1024: 61.4 GiB. */
export function memorySize(value_bytes: Maybe): string {
  if (value_bytes === null || value_bytes === undefined || !Number.isFinite(value_bytes)) return UNKNOWN;
  for (const [power, name] of [[40, 'TiB'], [30, 'GiB'], [20, 'MiB'], [10, 'KiB']] as const) {
    if (value_bytes >= 2 ** power * 0.9995) return withUnit(digits3(value_bytes / 2 ** power), name);
  }
  return withUnit(integer(value_bytes), value_bytes === 1 ? 'byte' : 'bytes');
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A file that was cut before its clock counts from somewhere else: no recording is older. */
const EARLIEST_UNIX_MS = Date.UTC(2000, 0);

/** Wall time where the user is: 12 Mar 2026 14:32:07. An en dash for an unknown time. */
export function dateTime(unix_ms: Maybe): string {
  if (!unix_ms || !(unix_ms >= EARLIEST_UNIX_MS)) return UNKNOWN;
  const date = new Date(unix_ms);
  return `${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()} ${clock(unix_ms)}`;
}

/** 14:32:07 */
export function clock(unix_ms: number): string {
  return `${timeOfDay(unix_ms)}:${twoDigits(new Date(unix_ms).getSeconds())}`;
}

/** 14:32 */
export function timeOfDay(unix_ms: number): string {
  const date = new Date(unix_ms);
  return `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
}

function twoDigits(part: number): string {
  return String(part).padStart(2, '0');
}
