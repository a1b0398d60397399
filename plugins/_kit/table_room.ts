/**
 * Which columns of a table have room, and how wide each is. Columns that matter least go first;
 * what is left over makes the first column as wide as its names want, then the bars longer, and
 * then stays empty: figures stand near their names on the widest screen too. Pure functions.
 */
import type {TableColumn} from './data_table';

export interface ShownColumn<Row> {
  readonly column: TableColumn<Row>;
  /** undefined: it takes what the others leave. */
  readonly width_px: number | undefined;
}

export interface TableRoom<Row> {
  readonly columns: readonly ShownColumn<Row>[];
  /** undefined: all that there is. */
  readonly width_px: number | undefined;
}

/** On the narrowest screens the first column takes what the others leave. */
export function narrowRoom<Row>(columns: readonly TableColumn<Row>[]): TableRoom<Row> {
  const shown = withPriority(columns, 1).map((column, i) => ({column, width_px: i === 0 ? undefined : (column.narrow_px ?? column.width_px)}));
  return {columns: shown, width_px: undefined};
}

export function wideRoom<Row>(columns: readonly TableColumn<Row>[], room_px: number): TableRoom<Row> {
  const least = [3, 2, 1].find((priority) => priority === 1 || sum(withPriority(columns, priority).map((column) => column.width_px)) <= room_px) ?? 1;
  const shown = withPriority(columns, least);
  const widths = shown.map((column) => column.width_px);
  let left_px = Math.max(0, room_px - sum(widths));
  const grow = (index: number, most_px: number): void => {
    const more_px = Math.max(0, Math.min(left_px, most_px - (widths[index] ?? 0)));
    widths[index] = (widths[index] ?? 0) + more_px;
    left_px -= more_px;
  };
  grow(0, shown[0]?.most_px ?? 0);
  const others = shown.flatMap((column, i) => (i > 0 && column.most_px !== undefined ? [i] : []));
  for (const [done, index] of others.entries()) {
    grow(index, Math.min(shown[index]?.most_px ?? 0, (widths[index] ?? 0) + Math.floor(left_px / (others.length - done))));
  }
  return {columns: shown.map((column, i) => ({column, width_px: widths[i]})), width_px: sum(widths)};
}

function withPriority<Row>(columns: readonly TableColumn<Row>[], least: number): TableColumn<Row>[] {
  return columns.filter((column) => (column.priority ?? 1) <= least);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
