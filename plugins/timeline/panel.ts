/** The Timeline page: what every stream and thread did, from the whole capture to nanoseconds. */
import {definePanel} from '../_kit/panel';
import {TimelinePage} from './page';

export const panel = definePanel({
  title: 'Timeline',
  group: 'profile',
  order: 30,
  key: 't',
  wide: true,
  keys: [
    {keys: 'W S', does: 'zoom in, out at the pointer'},
    {keys: 'A D', does: 'move left, right'},
    {keys: '← → ↑ ↓', does: 'walk to neighbours'},
    {keys: 'F', does: 'frame the selection; twice: its step'},
    {keys: '0', does: 'all of the capture'},
    {keys: 'M', does: 'mark the selection’s span'},
    {keys: 'N', does: 'next of the same name'},
    {keys: '⇧N', does: 'previous of the same name'},
  ],
  mount: (root, host) => new TimelinePage(root, host),
});
