/** Icons as inline SVG, built by code: no font, no request, no inline style. */
import {
  ArrowUpRight, ChartNoAxesGantt, Check, ChevronDown, ChevronRight, CircleHelp, Copy, Download,
  Moon, PanelLeft, RotateCw, Search, Sun, X,
  type IconNode,
} from 'lucide';

const icons = {
  check: Check,
  close: X,
  copy: Copy,
  down: ChevronDown,
  download: Download,
  help: CircleHelp,
  moon: Moon,
  open: ArrowUpRight,
  panel: PanelLeft,
  retry: RotateCw,
  right: ChevronRight,
  search: Search,
  sun: Sun,
  timeline: ChartNoAxesGantt,
} satisfies Record<string, IconNode>;

export type IconName = keyof typeof icons;

const SVG = 'http://www.w3.org/2000/svg';

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  for (const [tag, attributes] of icons[name]) {
    const shape = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined) shape.setAttribute(key, String(value));
    }
    svg.append(shape);
  }
  return svg;
}
