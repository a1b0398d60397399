/** The order of a table's rows, in the address and as it is exported. Pure functions. */
import type {TableColumn} from './data_table';

export interface SortKey {
  readonly key: string;
  readonly descending: boolean;
}

/** A click sorts descending first for numbers; Shift adds a second key. */
export function nextSort<Row>(sort: readonly SortKey[], column: TableColumn<Row>, isAdding: boolean): SortKey[] {
  const found = sort.find((key) => key.key === column.key);
  const next = {key: column.key, descending: found ? !found.descending : column.kind !== 'text'};
  if (!isAdding) return [next];
  return found ? sort.map((key) => (key === found ? next : key)) : [...sort, next];
}

/** Sorted copy; ties keep their order. */
export function sortRows<Row>(rows: readonly Row[], columns: readonly TableColumn<Row>[], sort: readonly SortKey[]): Row[] {
  const keys = sort.flatMap((key) => {
    const by = columns.find((column) => column.key === key.key)?.sortBy;
    return by ? [{by, sign: key.descending ? -1 : 1}] : [];
  });
  return [...rows].sort((a, b) => {
    for (const {by, sign} of keys) {
      const [x, y] = [by(a), by(b)];
      if (x < y) return -sign;
      if (x > y) return sign;
    }
    return 0;
  });
}

/** "-total.name" in the address: descending by total, then by name. */
export function formatSort(sort: readonly SortKey[]): string {
  return sort.map((key) => (key.descending ? '-' : '') + key.key).join('.');
}

export function parseSort<Row>(text: string | undefined, columns: readonly TableColumn<Row>[], fallback: readonly SortKey[]): readonly SortKey[] {
  const keys = (text ?? '').split('.').map((part) => ({key: part.replace(/^-/, ''), descending: part.startsWith('-')}))
    .filter(({key}) => columns.some((column) => column.key === key && column.sortBy));
  return keys.length > 0 ? keys : fallback;
}

/** What is shown, in this order, with all columns. */
export function toCsv<Row>(rows: readonly Row[], columns: readonly TableColumn<Row>[]): string {
  const exported = columns.filter((column) => column.csv);
  const lines = rows.map((row) => exported.map((column) => quote(column.csv?.(row) ?? '')));
  return [exported.map((column) => quote(column.key)), ...lines].map((cells) => cells.join(',')).join('\r\n') + '\r\n';
}

// A text that a spreadsheet would take for a formula is made a text.
function quote(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
