/**
 * What the user has selected, typed and kept in the address, so that a selection on one page is
 * the filter on the next and a link shows the same thing to somebody else.
 */
import type {PageUrl} from './url_state';

export type Selected =
  /** Numbers may repeat in a capture; the start tells such steps apart. */
  | {readonly kind: 'step'; readonly number: number; readonly start_ns?: number}
  /** A slice by its id in the trace. */
  | {readonly kind: 'slice'; readonly id: number}
  | {readonly kind: 'span'; readonly from_ns: number; readonly until_ns: number}
  /** A stretch without work on a device, by its number among them. */
  | {readonly kind: 'gap'; readonly device: number; readonly number: number}
  /** All slices of a name. */
  | {readonly kind: 'name'; readonly name: string}
  /** A node of the tree of ranges: the keys ("category:name") from below the root. */
  | {readonly kind: 'path'; readonly names: readonly string[]};

const KEY = 'sel';

export class Selection {
  private text: string | undefined;
  private readonly listeners = new Set<(selected: Selected | undefined) => void>();

  constructor(private readonly url: PageUrl) {
    this.text = url.get(KEY);
    url.subscribe(() => {
      const text = url.get(KEY);
      if (text === this.text) return;
      this.text = text;
      const selected = this.value;
      for (const listener of [...this.listeners]) listener(selected);
    });
  }

  get value(): Selected | undefined {
    return this.text === undefined ? undefined : parseSelected(this.text);
  }

  /** undefined clears. Each change is a step that the back button undoes, unless it only says the same otherwise. */
  set(selected: Selected | undefined, options: {push: boolean} = {push: true}): void {
    this.url.set({[KEY]: selected && formatSelected(selected)}, options);
  }

  clear(): void {
    this.set(undefined);
  }

  subscribe(listener: (selected: Selected | undefined) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

export function formatSelected(selected: Selected): string {
  switch (selected.kind) {
    case 'step':
      return `step:${selected.number}${selected.start_ns === undefined ? '' : `@${selected.start_ns}`}`;
    case 'slice':
      return `slice:${selected.id}`;
    case 'span':
      return `span:${Math.round(selected.from_ns)}-${Math.round(selected.until_ns)}`;
    case 'gap':
      return `gap:${selected.device}.${selected.number}`;
    case 'name':
      return `name:${selected.name}`;
    case 'path':
      return `path:${JSON.stringify(selected.names)}`;
  }
}

/** undefined for a text that a page of another version or a hand wrote. */
export function parseSelected(text: string): Selected | undefined {
  const cut = text.indexOf(':');
  const rest = text.slice(cut + 1);
  switch (text.slice(0, cut)) {
    case 'step':
      return parseStep(rest);
    case 'slice':
      return /^\d+$/.test(rest) ? {kind: 'slice', id: Number(rest)} : undefined;
    case 'span': {
      const found = /^(-?\d+)-(-?\d+)$/.exec(rest);
      return found ? {kind: 'span', from_ns: Number(found[1]), until_ns: Number(found[2])} : undefined;
    }
    case 'gap': {
      const found = /^(\d+)\.(\d+)$/.exec(rest);
      return found ? {kind: 'gap', device: Number(found[1]), number: Number(found[2])} : undefined;
    }
    case 'name':
      return {kind: 'name', name: rest};
    case 'path':
      return parsePath(rest);
    default:
      return undefined;
  }
}

function parseStep(text: string): Selected | undefined {
  const found = /^(-?\d+)(?:@(-?\d+))?$/.exec(text);
  if (!found) return undefined;
  const number = Number(found[1]);
  return found[2] === undefined ? {kind: 'step', number} : {kind: 'step', number, start_ns: Number(found[2])};
}

function parsePath(text: string): Selected | undefined {
  try {
    const names: unknown = JSON.parse(text);
    if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) return undefined;
    return {kind: 'path', names};
  } catch {
    return undefined;
  }
}
