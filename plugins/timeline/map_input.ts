/** The map moves the view: click or drag puts its middle there, arrow keys move it. */
import type {View} from './view';
import {axisTime} from './time_axis';

const PAN_SHARE = 0.15;

export class MapInput {
  private readonly stop = new AbortController();
  private text = '';

  constructor(
    private readonly node: HTMLElement,
    private readonly view: View,
  ) {
    const options = {signal: this.stop.signal};
    node.addEventListener('pointerdown', (event) => {
      node.setPointerCapture(event.pointerId);
      this.moveTo(event);
    }, options);
    node.addEventListener('pointermove', (event) => {
      if (node.hasPointerCapture(event.pointerId)) this.moveTo(event);
    }, options);
    node.addEventListener('keydown', (event) => {
      const by = event.key === 'ArrowLeft' ? -PAN_SHARE : event.key === 'ArrowRight' ? PAN_SHARE : 0;
      if (by === 0) return;
      event.preventDefault();
      view.pan(by * view.length_ns);
    }, options);
  }

  /** For a screen reader. */
  describe(): void {
    const {view} = this;
    const text = `${axisTime(view.from_ns, 1)} to ${axisTime(view.to_ns, 1)} ms of ${axisTime(view.duration_ns, 1)} ms`;
    if (text === this.text) return;
    this.text = text;
    this.node.setAttribute('aria-valuetext', text);
    this.node.setAttribute('aria-valuenow', String(Math.round((100 * (view.from_ns + view.to_ns)) / 2 / view.duration_ns)));
  }

  dispose(): void {
    this.stop.abort();
  }

  private moveTo(event: PointerEvent): void {
    const {view} = this;
    const box = this.node.getBoundingClientRect();
    const time = ((event.clientX - box.left) / Math.max(1, box.width)) * view.duration_ns;
    view.set(time - view.length_ns / 2, time + view.length_ns / 2);
  }
}
