/**
 * The categories of proto/category.h as the page names and colours them. Hue says what kind of
 * work it is; forward, backward and optimizer are one hue, compute, in three lightnesses.
 */
import type {Maybe} from './format';

interface Look {
  readonly label: string;
  /** A CSS colour made of tokens only. */
  readonly fill: string;
  /** The text on it. */
  readonly ink: string;
}

const look = (label: string, name: string): Look => ({label, fill: `var(--cat-${name})`, ink: `var(--on-${name})`});
// Tints step away from the colour of the text on them.
const API = 'color-mix(in srgb, var(--cat-host) 55%, var(--text-1))';
const OPTIMIZER = 'color-mix(in srgb, var(--cat-compute) 66%, var(--text-1))';

// Two that the design names no hue for: a checkpoint moves the model to storage, so it has the
// hue of loading; a range or step without a category is neutral.
const looks: Readonly<Record<string, Look>> = {
  other: look('Other', 'neutral'),
  step: look('Step', 'neutral'),
  input: look('Input', 'input'),
  forward: look('Forward', 'calm'),
  backward: look('Backward', 'compute'),
  optimizer: {label: 'Optimizer', fill: OPTIMIZER, ink: 'var(--on-compute)'},
  communication: look('Communication', 'comm'),
  checkpoint: look('Checkpoint', 'load'),
  kernel: look('Kernel', 'compute'),
  memcpy: look('Memory copy', 'copy'),
  memset: look('Memset', 'memset'),
  synchronization: look('Synchronisation', 'sync'),
  runtime_api: {label: 'Runtime API', fill: API, ink: 'var(--on-host)'},
  driver_api: {label: 'Driver API', fill: API, ink: 'var(--on-host)'},
  cpu_operator: look('CPU operator', 'host'),
  python: look('Python', 'neutral'),
  annotation: look('Annotation', 'neutral'),
  gpu_annotation: look('GPU annotation', 'neutral'),
  overhead: look('Profiler', 'neutral'),
  memory: look('Allocator', 'alloc'),
  loading: look('Loading, JIT', 'load'),
};

/** By number, as the columns carry them. */
export const CATEGORY_NAMES: readonly string[] = Object.keys(looks);

const unknown: Look = look('Other', 'neutral');

export function categoryName(number: Maybe): string {
  return CATEGORY_NAMES[number ?? 0] ?? 'other';
}

export function categoryLook(name: string): Look {
  return Object.hasOwn(looks, name) ? (looks[name] ?? unknown) : unknown;
}

export function categoryLabel(name: string): string {
  return Object.hasOwn(looks, name) ? categoryLook(name).label : name;
}
