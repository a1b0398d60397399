/** Small things for writing elements under a strict content policy. */
import {noChange} from 'lit/html.js';
import {Directive, directive, type ElementPart, PartType, type PartInfo} from 'lit/directive.js';

/** Values of CSS properties, most often custom ones: {'--v': 42}. undefined removes one. */
export type Vars = Readonly<Record<string, string | number | undefined>>;

class VarsDirective extends Directive {
  constructor(info: PartInfo) {
    super(info);
    if (info.type !== PartType.ELEMENT) throw new Error('vars() stands alone in an element’s tag.');
  }

  override render(_vars: Vars): unknown {
    return noChange;
  }

  override update(part: ElementPart, [vars]: [Vars]): unknown {
    const element = part.element;
    if (element instanceof HTMLElement || element instanceof SVGElement) setVars(element, vars);
    return noChange;
  }
}

/**
 * Sets style properties from script: `<i ${vars({'--c': colour})}>`. A style attribute in a
 * template (also lit's styleMap, at first) would be refused by the content policy.
 */
export const vars = directive(VarsDirective);

export function setVars(element: HTMLElement | SVGElement, values: Vars): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) element.style.removeProperty(name);
    else element.style.setProperty(name, String(value));
  }
}

/** Calls `draw` whenever the element's size changes, once at first; the result stops that. */
export function onResize(element: Element, draw: () => void): () => void {
  const observer = new ResizeObserver(draw);
  observer.observe(element);
  return () => observer.disconnect();
}

/** Whether a key belongs to what is typed in rather than to the page. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  return (
    event.isComposing ||
    (target instanceof HTMLElement &&
      (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)))
  );
}

/** A key alone: no Ctrl, Alt or Meta, and nobody is typing. */
export function isPlainKey(event: KeyboardEvent): boolean {
  return !event.ctrlKey && !event.altKey && !event.metaKey && !isTyping(event);
}

/** Offers text as a file. */
export function download(name: string, text: string, type = 'text/csv'): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], {type}));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
