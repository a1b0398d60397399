/** The smallest panel: asks its route, shows a finding and a bar for each category. */
import {html, render, type TemplateResult} from 'lit/html.js';
import {categoryLabel, categoryLook} from '../_kit/category';
import type {SlotState} from '../_kit/data_client';
import * as format from '../_kit/format';
import {definePanel, type PanelHost, type PanelInstance} from '../_kit/panel';
import {PartBar} from '../_kit/part_bar';
import {emptyState, errorState, skeleton} from '../_kit/states';

/** What the route counts of plugin.cc answers. */
interface Counts {
  readonly slices: number;
  readonly by_category: Readonly<Record<string, number>>;
}

function mount(root: HTMLElement, host: PanelHost): PanelInstance {
  const barHost = document.createElement('div');
  const bar = new PartBar(barHost, format.count);
  const slot = host.client.slot<Counts>(draw);

  // The slot drops answers to older questions and keeps the last picture until the next is there.
  function update(): void {
    const capture = host.capture;
    if (!capture) return;
    slot.ask((client) => client.json<Counts>(`plugin/${host.id}/counts`, {capture: capture.id}, capture.version));
  }

  function draw({value, error}: SlotState<Counts>): void {
    if (error && !error.isOffline) render(errorState('This capture could not be read', error, update), root);
    else if (!value) render(skeleton([28, 56]), root);
    else if (value.slices === 0) render(emptyState('Nothing was recorded', 'Slices are counted here as they come.'), root);
    else render(page(value), root);
    if (value) bar.set(parts(value), `Slices by category: ${parts(value).map((part) => `${part.label} ${format.count(part.value)}`).join(', ')}`);
  }

  function page(counts: Counts): TemplateResult {
    return html`<header class="page-head"><div>
        <h1 class="finding">${format.plural(counts.slices, 'slice')} of ${format.plural(parts(counts).length, 'category', 'categories')}.</h1>
        <p class="context">${host.capture?.run} · ${format.dateTime(host.capture?.startUnixMs)}</p></div></header>
      ${barHost}`;
  }

  update();
  return {
    update,
    dispose() {
      slot.close();
      bar.dispose();
    },
  };
}

function parts(counts: Counts): {key: string; label: string; value: number; fill: string; ink: string}[] {
  return Object.entries(counts.by_category)
    .sort(([, a], [, b]) => b - a)
    .map(([key, value]) => ({key, label: categoryLabel(key), value, fill: categoryLook(key).fill, ink: categoryLook(key).ink}));
}

// The bundler reads these lines without running them: write them as literals.
export const panel = definePanel({
  title: 'Template',
  group: 'profile',
  order: 90,
  mount,
});
