import type {Loss} from '../_kit/loss_banner';

/** What the routes table and tree answer: see analyzer/report/ranges_report.h. */
export interface RangeRow {
  readonly name: string;
  readonly category: string;
  readonly count: number;
  readonly total_ns: number;
  readonly self_ns: number;
  readonly mean_ns: number;
  readonly min_ns: number;
  readonly max_ns: number;
  /** The slice that takes max_ns. */
  readonly longest_slice: number;
  readonly p50_ns: number;
  readonly p99_ns: number;
  readonly per_step_ns: number;
}

export interface TableAnswer {
  readonly span_ns: number;
  readonly step_count: number;
  readonly losses: readonly Loss[];
  readonly headline: {readonly finding: string; readonly advice: string};
  readonly row_count: number;
  readonly rows: readonly RangeRow[];
  readonly others: {readonly rows: number; readonly count: number; readonly total_ns: number; readonly self_ns: number};
}

export interface TreeNode {
  readonly name?: string;
  readonly category?: string;
  readonly key?: string;
  readonly count: number;
  readonly total_ns: number;
  readonly self_ns: number;
  readonly mean_ns?: number;
  readonly min_ns?: number;
  readonly max_ns?: number;
  readonly longest_slice?: number;
  readonly child_count: number;
  readonly children?: readonly TreeNode[];
  readonly others?: {readonly nodes: number; readonly count: number; readonly total_ns: number};
}

export interface TreeAnswer {
  readonly span_ns: number;
  readonly tree: TreeNode;
  readonly left_out_count: number;
}

/** A row of the page's table, of the flat list or of the tree. */
export interface ShownRow {
  readonly key: string;
  readonly name: string;
  readonly category: string;
  /** The category whose colour it has: its own, or in a tree that of the range around it. */
  readonly shade: string;
  readonly count: number;
  readonly total_ns: number;
  readonly self_ns: number;
  readonly mean_ns: number;
  readonly min_ns: number;
  readonly max_ns: number;
  readonly longest_slice: number | undefined;
  /** Flat only. */
  readonly p50_ns?: number;
  readonly p99_ns?: number;
  readonly per_step_ns?: number;
  /** Tree only: the keys from below the root. */
  readonly path?: readonly string[];
  readonly depth: number;
  readonly isOpen: boolean | undefined;
  /** Stands for cheaper siblings that are not here: asked for, or only in the flat list. */
  readonly more?: 'loads' | 'flat_only';
}

export function flatRow(row: RangeRow): ShownRow {
  return {...row, shade: row.category, key: `${row.category}:${row.name}`, depth: 0, isOpen: undefined};
}
