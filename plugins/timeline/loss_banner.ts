/** What is missing from the picture, said above it for as long as it shows. */
import {html, render} from 'lit/html.js';
import {count, plural} from '../_kit/format';
import {banner} from '../_kit/states';
import type {TracksJson} from './answers';

export function lossBanner(tracks: TracksJson): Node | undefined {
  const lost = tracks.losses.reduce((sum, loss) => sum + loss.count, 0);
  if (lost === 0) return undefined;
  const node = document.createElement('div');
  const details = [...new Set(tracks.losses.map((loss) => loss.detail).filter(Boolean))];
  render(banner('warn', html`<b>${plural(lost, 'event')} ${lost === 1 ? 'is' : 'are'} missing.</b> ${details.slice(0, 2).join(' ')}${details.length > 2 ? ` And ${count(details.length - 2)} more reasons.` : ''}`), node);
  return node;
}
