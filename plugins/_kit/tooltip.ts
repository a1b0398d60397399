/**
 * One tooltip for the page: follows the pointer 12 px off, stays on the screen, never takes the
 * pointer. Also for what has the focus: place it at the element then.
 */
import {render, type TemplateResult} from 'lit/html.js';

const OFF_PX = 12;
const EDGE_PX = 8;

class Tooltip {
  private readonly node = document.createElement('div');

  constructor() {
    this.node.className = 'tip';
    this.node.setAttribute('role', 'tooltip');
    this.node.hidden = true;
  }

  /** Shows the content beside a point of the window. */
  show(content: TemplateResult, x_px: number, y_px: number): void {
    if (!this.node.isConnected) document.body.append(this.node);
    render(content, this.node);
    this.node.hidden = false;
    const {offsetWidth: width, offsetHeight: height} = this.node;
    const left = x_px + OFF_PX + width + EDGE_PX <= innerWidth ? x_px + OFF_PX : x_px - OFF_PX - width;
    const top = y_px + OFF_PX + height + EDGE_PX <= innerHeight ? y_px + OFF_PX : y_px - OFF_PX - height;
    this.node.style.transform = `translate(${Math.max(EDGE_PX, left)}px, ${Math.max(EDGE_PX, top)}px)`;
  }

  hide(): void {
    this.node.hidden = true;
  }
}

export const tooltip = new Tooltip();
