/**
 * How the parts of a step look. Where a device worked, a part without device work is time in which
 * it waited: hatched in the hue of what the host did, cross-hatched where that is not known.
 */
import {categoryLabel, categoryLook} from '../_kit/category';
import type {Texture} from '../_kit/texture';
import type {Report} from './report';

export interface PartLook {
  readonly key: string;
  readonly label: string;
  readonly fill: string;
  readonly ink: string;
  readonly texture: Texture;
}

const DEVICE_WORK: ReadonlySet<string> = new Set(['kernel', 'memcpy', 'memset', 'communication']);

// Lines are thin: calls of the API must differ more from operators than fills do.
const RUNTIME = 'color-mix(in srgb, var(--cat-host) 25%, var(--text-1))';

export function hasDeviceWork(report: Report): boolean {
  return report.devices.length > 0 && report.steps.part_keys.includes('kernel');
}

/** On a page about loss, what is well spent recedes: kernels are the pale backdrop. */
export function partLook(key: string, report: Report): PartLook {
  const {fill, ink} = categoryLook(key === 'kernel' ? 'forward' : key);
  const label = categoryLabel(key);
  if (!hasDeviceWork(report) || DEVICE_WORK.has(key)) return {key, label, fill, ink, texture: 'solid'};
  if (key === 'other') return {key, label, fill: 'var(--idle-unknown)', ink, texture: 'crossed'};
  return {key, label, fill: key === 'runtime_api' ? RUNTIME : fill, ink, texture: 'hatched'};
}

/** In the order of a step's parts: columns of the chart are stacked so. */
export function partLooks(report: Report): PartLook[] {
  return report.steps.part_keys.map((key) => partLook(key, report));
}

/** Without those that take no time in any step: a row or column of zeros says nothing. */
export function usedPartLooks(report: Report): PartLook[] {
  const {part_keys, list} = report.steps;
  return part_keys.filter((key) => (report.parts_mean[key] ?? 0) > 0 || list.some((step) => (step.parts[key] ?? 0) > 0)).map((key) => partLook(key, report));
}

/** What the textures mean, for the caption; nothing where all is solid. */
export function textureSentence(report: Report): string {
  if (!hasDeviceWork(report)) return '';
  return report.devices.length === 1
    ? ' Solid: the GPU worked; hatched: it waited while the host did this.'
    : ' Solid: a GPU worked; hatched: all waited while the host did this.';
}
