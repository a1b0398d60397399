/**
 * The tree as far as it has been asked for. Levels come when they are unfolded; what is open is
 * kept through new versions of a growing capture.
 */
import {type DataClient, DataError} from '../_kit/data_client';
import {integer} from '../_kit/format';
import type {ShownRow, TreeAnswer, TreeNode} from './answers';

const LEVELS_AT_ONCE = 3;
const MOST_CHILDREN = 200;
/** After "and 37 more" was clicked: as many as the server gives of one node. */
const ALL_CHILDREN = 1000;
/** At first the tree is open down to about this many rows. */
const ROWS_OPEN_AT_FIRST = 24;

interface Loaded {
  node: TreeNode;
  children: Loaded[] | undefined;
}

export interface TreeQuestion {
  readonly capture: string;
  readonly version: string;
  readonly where: string;
}

export class RangeNodes {
  private root: Loaded | undefined;
  private question: TreeQuestion | undefined;
  private loading: TreeQuestion | undefined;
  private newer: TreeQuestion | undefined;
  private readonly open = new Set<string>();
  /** Nodes of which the user wants all children. */
  private readonly whole = new Set<string>();
  private wasOpened = false;

  constructor(
    private readonly client: DataClient,
    private readonly changed: () => void,
  ) {}

  get total_ns(): number {
    return this.root?.node.total_ns ?? 0;
  }

  /** Children that the answers left out, and slices beyond what the tree can hold. */
  leftOut = 0;

  /** A newer version of what is loading waits for it: where data grow fast, the tree would else never change. */
  async load(question: TreeQuestion): Promise<void> {
    if (this.loading && isSame(question, this.loading)) {
      this.newer = question;
      return;
    }
    this.loading = question;
    this.newer = undefined;
    try {
      await this.loadNow(question);
    } finally {
      if (this.loading === question) this.loading = undefined;
    }
    const newer = this.takeNewer(question);
    if (newer) await this.load(newer);
  }

  private takeNewer(than: TreeQuestion): TreeQuestion | undefined {
    const {newer} = this;
    if (!newer || this.loading || !isSame(newer, than)) return undefined;
    this.newer = undefined;
    this.changed();
    return newer;
  }

  private async loadNow(question: TreeQuestion): Promise<void> {
    const isOther = !this.question || !isSame(question, this.question);
    this.question = question;
    const answer = await this.ask(question, []);
    if (question !== this.question) return;
    if (isOther) {
      this.open.clear();
      this.whole.clear();
      this.wasOpened = false;
    }
    const root = loaded(answer.tree);
    if (!this.wasOpened) this.openLargest(root);
    this.wasOpened = true;
    // The new tree replaces the old one when it has all that is open: nothing folds in between.
    for (let missing = this.missing(root, []); missing.length > 0; missing = this.missing(root, [])) {
      const deeper = await Promise.allSettled(missing.map((path) => this.ask(question, path)));
      if (question !== this.question) return;
      for (const [i, one] of deeper.entries()) {
        const path = missing[i] ?? [];
        const at = nodeAt(root, path);
        if (one.status === 'rejected' && isOffline(one.reason)) throw one.reason;
        if (one.status === 'fulfilled' && at) put(at, one.value.tree);
        else this.open.delete(idOf(path));
      }
    }
    this.leftOut = answer.left_out_count;
    this.root = root;
  }

  /** Rows in the order of the page: siblings sorted by `sort`, only what is open. */
  rows(sort: (rows: ShownRow[]) => ShownRow[]): ShownRow[] {
    const list: ShownRow[] = [];
    const walk = (at: Loaded, path: readonly string[]): void => {
      const byKey = new Map(at.children?.map((child) => [child.node.key ?? '', child]));
      const rows = (at.children ?? []).map((child) => this.row(child.node, path));
      for (const row of sort(rows)) {
        list.push(row);
        const child = byKey.get(row.path?.at(-1) ?? '');
        if (row.isOpen && child) walk(child, row.path ?? []);
      }
      const more = this.moreRow(at, path);
      if (more) list.push(more);
    };
    if (this.root) walk(this.root, []);
    return list;
  }

  find(path: readonly string[]): ShownRow | undefined {
    const node = this.nodeAt(path)?.node;
    return node && path.length > 0 ? this.row(node, path.slice(0, -1)) : undefined;
  }

  childrenOf(path: readonly string[]): ShownRow[] {
    return (this.nodeAt(path)?.children ?? []).map((child) => this.row(child.node, path));
  }

  setOpen(path: readonly string[], isOpen: boolean): void {
    const id = idOf(path);
    if (isOpen) this.open.add(id);
    else this.open.delete(id);
    this.changed();
    if (isOpen && this.question && this.nodeAt(path)?.children === undefined) void this.fill(this.question, path);
  }

  /** Unfolds what a path lies in, so that a link to it shows it. */
  async reveal(path: readonly string[]): Promise<void> {
    for (let depth = 1; depth < path.length; depth++) {
      const above = path.slice(0, depth);
      this.open.add(idOf(above));
      if (this.question && this.nodeAt(above) && this.nodeAt(above)?.children === undefined) await this.fill(this.question, above);
    }
    this.changed();
  }

  /** The cheaper children that were left out: of this node all come. */
  loadMore(path: readonly string[]): void {
    this.whole.add(idOf(path));
    if (this.question) void this.fill(this.question, path);
  }

  private moreRow({node, children}: Loaded, path: readonly string[]): ShownRow | undefined {
    const nodes = children === undefined ? 0 : node.child_count - children.length;
    if (nodes <= 0) return undefined;
    const {count = 0, total_ns = 0} = node.others ?? {};
    const name = `and ${integer(nodes)} more`;
    const own = [...path, name];
    return {
      key: idOf(own), name, category: 'other', shade: 'other', count, total_ns, self_ns: 0, mean_ns: count > 0 ? total_ns / count : 0,
      min_ns: 0, max_ns: 0, longest_slice: undefined, path: own, depth: path.length, isOpen: undefined,
      more: this.whole.has(idOf(path)) ? 'flat_only' : 'loads',
    };
  }

  private row(node: TreeNode, above: readonly string[]): ShownRow {
    const path = [...above, node.key ?? ''];
    return {
      key: idOf(path),
      name: node.name ?? '',
      category: node.category ?? 'other',
      shade: shadeOf(path),
      count: node.count,
      total_ns: node.total_ns,
      self_ns: node.self_ns,
      mean_ns: node.mean_ns ?? 0,
      min_ns: node.min_ns ?? 0,
      max_ns: node.max_ns ?? 0,
      longest_slice: node.longest_slice,
      path,
      depth: above.length,
      isOpen: node.child_count > 0 ? this.open.has(idOf(path)) : undefined,
    };
  }

  private nodeAt(path: readonly string[]): Loaded | undefined {
    return this.root && nodeAt(this.root, path);
  }

  private ask(question: TreeQuestion, path: readonly string[]): Promise<TreeAnswer> {
    const {capture, version, where} = question;
    const isWhole = this.whole.has(idOf(path));
    const params = {capture, where, path, depth: isWhole ? 1 : LEVELS_AT_ONCE, limit: isWhole ? ALL_CHILDREN : MOST_CHILDREN};
    return this.client.json<TreeAnswer>('plugin/ranges/tree', params, version);
  }

  private async fill(question: TreeQuestion, path: readonly string[]): Promise<void> {
    try {
      const answer = await this.ask(question, path);
      const at = this.nodeAt(path);
      if (question !== this.question || !at) return;
      put(at, answer.tree);
    } catch (error) {
      if (!isOffline(error)) this.open.delete(idOf(path)); // it stays folded; unfolding asks again
    }
    this.changed();
  }

  /** Open nodes whose children have not come yet. */
  private missing(at: Loaded, path: readonly string[]): (readonly string[])[] {
    return (at.children ?? []).flatMap((child) => {
      const own = [...path, child.node.key ?? ''];
      if (!this.open.has(idOf(own)) || child.node.child_count === 0) return [];
      return child.children === undefined ? [own] : this.missing(child, own);
    });
  }

  private openLargest(root: Loaded): void {
    let rows = root.children?.length ?? 0;
    let level = (root.children ?? []).map((child) => ({child, path: [child.node.key ?? '']}));
    while (level.length > 0) {
      const next: typeof level = [];
      for (const {child, path} of level) {
        const more = child.children?.length ?? 0;
        if (more === 0 || rows + more > ROWS_OPEN_AT_FIRST) continue;
        this.open.add(idOf(path));
        rows += more;
        for (const grandchild of child.children ?? []) next.push({child: grandchild, path: [...path, grandchild.node.key ?? '']});
      }
      level = next;
    }
  }
}

/** Categories that say nothing about the kind of work: what is around counts. */
const WITHOUT_KIND: ReadonlySet<string> = new Set(['other', 'annotation']);

function shadeOf(path: readonly string[]): string {
  const categories = path.map((key) => key.slice(0, key.indexOf(':')));
  const kind = categories.findLast((category) => !WITHOUT_KIND.has(category));
  return kind === undefined || kind === 'step' ? (categories.at(-1) ?? 'other') : kind;
}

function idOf(path: readonly string[]): string {
  return JSON.stringify(path);
}

/** The server is silent: what is open stays open, the next answer brings it. */
function isOffline(error: unknown): boolean {
  return error instanceof DataError && error.isOffline;
}

/** Of one capture and place, maybe of another version. */
function isSame(a: TreeQuestion, b: TreeQuestion): boolean {
  return a.capture === b.capture && a.where === b.where;
}

function nodeAt(root: Loaded, path: readonly string[]): Loaded | undefined {
  let at: Loaded | undefined = root;
  for (const key of path) at = at?.children?.find((child) => child.node.key === key);
  return at;
}

/** Of a wide node only the next level comes: what was unfolded below it stays. */
function put(at: Loaded, answer: TreeNode): void {
  const before = new Map(at.children?.map((child) => [child.node.key, child.children]));
  at.node = {...at.node, ...answer};
  at.children = (answer.children ?? []).map(loaded);
  for (const child of at.children) child.children ??= before.get(child.node.key);
}

function loaded(node: TreeNode): Loaded {
  return {node, children: node.children?.map(loaded)};
}
