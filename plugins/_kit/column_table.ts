/**
 * Reads the tables that proto/column_table.h writes: named typed columns in one buffer, seen as
 * typed arrays without a copy.
 */
export type Column =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;

export type ColumnType = 'f64' | 'f32' | 'i32' | 'u32' | 'u16' | 'u8';

interface ArrayOf {
  f64: Float64Array;
  f32: Float32Array;
  i32: Int32Array;
  u32: Uint32Array;
  u16: Uint16Array;
  u8: Uint8Array;
}

const makers: {[T in ColumnType]: (buffer: ArrayBuffer, offset: number, count: number) => ArrayOf[T]} = {
  f64: (buffer, offset, count) => new Float64Array(buffer, offset, count),
  f32: (buffer, offset, count) => new Float32Array(buffer, offset, count),
  i32: (buffer, offset, count) => new Int32Array(buffer, offset, count),
  u32: (buffer, offset, count) => new Uint32Array(buffer, offset, count),
  u16: (buffer, offset, count) => new Uint16Array(buffer, offset, count),
  u8: (buffer, offset, count) => new Uint8Array(buffer, offset, count),
};

export class ColumnTable {
  constructor(
    /** What is small: names, totals. */
    readonly meta: Readonly<Record<string, unknown>>,
    private readonly columns: ReadonlyMap<string, {type: ColumnType; values: Column}>,
  ) {}

  has(name: string): boolean {
    return this.columns.has(name);
  }

  names(): string[] {
    return [...this.columns.keys()];
  }

  type(name: string): ColumnType | undefined {
    return this.columns.get(name)?.type;
  }

  /** The column, which must be of this type. */
  column<T extends ColumnType>(name: string, type: T): ArrayOf[T] {
    const found = this.columns.get(name);
    if (!found) throw new Error(`There is no column "${name}".`);
    if (found.type !== type) throw new Error(`Column "${name}" is ${found.type}, not ${type}.`);
    return found.values as ArrayOf[T];
  }
}

interface Head {
  meta?: Record<string, unknown>;
  columns?: {name: string; type: string; count: number; offset: number}[];
}

const MAGIC = 'TBC1';
const HEAD_OFFSET = 8;

export function decodeColumnTable(buffer: ArrayBuffer): ColumnTable {
  if (buffer.byteLength < HEAD_OFFSET) throw new Error('The table ends inside its head.');
  const bytes = new Uint8Array(buffer);
  const magic = String.fromCharCode(...bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC) throw new Error(`The table begins with "${magic}", not "${MAGIC}".`);
  const headBytes = new DataView(buffer).getUint32(4, true);
  if (HEAD_OFFSET + headBytes > buffer.byteLength) throw new Error('The table ends inside its head.');
  const text = new TextDecoder().decode(bytes.subarray(HEAD_OFFSET, HEAD_OFFSET + headBytes));
  const head = JSON.parse(text) as Head;
  const columns = new Map<string, {type: ColumnType; values: Column}>();
  for (const {name, type, count, offset} of head.columns ?? []) {
    if (!isColumnType(type)) throw new Error(`Column "${name}" has the unknown type "${type}".`);
    columns.set(name, {type, values: makers[type](buffer, offset, count)});
  }
  return new ColumnTable(head.meta ?? {}, columns);
}

function isColumnType(type: string): type is ColumnType {
  return Object.hasOwn(makers, type);
}
