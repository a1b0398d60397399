// Answers of a server, made from a seed: steps whose parts add up, a tree whose totals add up.

export function random(seed) {
  let state = seed >>> 0;
  return () => (state = (state * 1664525 + 1013904223) >>> 0) / 4294967296;
}

const PARTS = {input: 2.1e6, forward: 9.2e6, backward: 17.4e6, optimizer: 3.3e6, communication: 2.6e6, checkpoint: 0, other: 0.9e6};

export function makeSteps({count = 60, first = 0, seed = 7, slow = [17, 41]} = {}) {
  const next = random(seed);
  let start_ns = 12e6;
  return Array.from({length: count}, (_, i) => {
    const parts = {};
    for (const [key, mean] of Object.entries(PARTS)) parts[key] = Math.round(mean * (0.94 + 0.12 * next()));
    if (slow.includes(i)) parts.input += 31e6;
    if (i % 20 === 19) parts.checkpoint = 24e6;
    const duration_ns = Object.values(parts).reduce((sum, part) => sum + part, 0);
    const step = {number: first + i, start_ns, duration_ns, marked_start_ns: start_ns, marked_duration_ns: duration_ns, complete: i < count - 1, name: `step ${first + i}`, parts};
    start_ns += duration_ns;
    return step;
  });
}

function rank(sorted, share) {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

export function makeReport({steps = makeSteps(), devices = [], losses = [], state = 'finished', file = 'host_4711.tbtrace', properties = {}} = {}) {
  const whole = steps.filter((step) => step.complete);
  const times = whole.map((step) => step.duration_ns).sort((a, b) => a - b);
  const median_ns = rank(times, 0.5);
  const keys = Object.keys(PARTS);
  const mean = (pick) => (whole.length ? whole.reduce((sum, step) => sum + pick(step), 0) / whole.length : 0);
  const slow = whole.filter((step) => step.duration_ns > 1.3 * median_ns).map((step) => {
    const because = keys.reduce((most, key) => (step.parts[key] - PARTS[key] > step.parts[most] - PARTS[most] ? key : most), 'other');
    return {
      number: step.number, start_ns: step.start_ns, duration_ns: step.duration_ns, excess_ns: step.duration_ns - median_ns,
      because_key: because, because_ns: step.parts[because] - PARTS[because],
      sentence: `${because === 'input' ? 'Input' : 'Checkpoint'} took ${((step.parts[because] - PARTS[because]) / 1e6).toFixed(1)} ms longer than in the median step.`,
    };
  }).sort((a, b) => b.excess_ns - a.excess_ns);
  const end = steps.at(-1);
  return {
    capture: {
      state, state_detail: state === 'cut' ? 'The program ended at 2 412.7 ms without closing the recording.' : '', format: 'tbtrace', path: `runs/cnn/plugins/profile/s1/${file}`,
      size_bytes: 412_338, covered_until_ns: end ? end.start_ns : 0, start_unix_ms: 1763728327000, duration_ns: end ? end.start_ns + end.duration_ns + 4e6 : 4e6,
      properties: {program: 'train --steps 60', host: 'node-17', ...properties},
    },
    counts: {slices: 148_233, steps: steps.length, instants: 61, counters: 2, tracks: 4, links: devices.length ? 61_220 : 0},
    losses,
    steps: {
      count: steps.length, complete_count: whole.length, steps_shown: steps.length, median_ns, mean_ns: mean((step) => step.duration_ns),
      p99_ns: rank(times, 0.99), min_ns: times[0] ?? 0, max_ns: times.at(-1) ?? 0, part_keys: keys, list: steps, slow,
    },
    parts_mean: Object.fromEntries(keys.map((key) => [key, mean((step) => step.parts[key])])),
    devices,
    headline: steps.length
      ? {finding: `A step takes ${(median_ns / 1e6).toFixed(1)} ms; backward takes half of it.`, advice: `${slow.length} steps take clearly longer: they wait for input or write a checkpoint.`}
      : {finding: 'No steps were marked in this capture.', advice: 'Mark each step, and this page shows where its time goes.'},
  };
}

export const twoDevices = [0, 1].map((device) => ({
  device, name: `GPU ${device}`, busy_ns: 1.62e9 - device * 2.4e8, idle_ns: 3.8e8 + device * 2.4e8, span_ns: 2e9, computation_ns: 1.31e9 - device * 2e8,
  communication_exposed_ns: 2.5e8 - device * 4e7, memcpy_exposed_ns: 6e7, streams: 3 + device,
}));

const NAMES = [
  ['step', 'step', 59, 2.21e9, 5e7], ['forward', 'forward', 59, 5.4e8, 2.1e7], ['backward', 'backward', 59, 1.03e9, 3.1e7], ['optimizer', 'optimizer', 59, 1.9e8, 1.9e8],
  ['conv2d<float, 3, 3, Stride<1>>', 'other', 177, 3.1e8, 3.1e8], ['linear(batch, 512, 10)', 'other', 118, 2.1e8, 2.1e8], ['conv2d_backward', 'other', 177, 7.4e8, 7.4e8],
  ['linear_backward', 'other', 118, 2.6e8, 2.6e8], ['next batch', 'input', 59, 1.9e8, 1.9e8], ['all_reduce', 'communication', 59, 1.5e8, 1.5e8], ['save', 'checkpoint', 3, 7.2e7, 7.2e7],
  ['tick', 'other', 12000, 3.1e5, 3.1e5],
];

export function makeTable(extraNames = []) {
  const rows = [...NAMES, ...extraNames.map((name) => [name, 'other', 2, 4e5, 4e5])].map(([name, category, count, total_ns, self_ns]) => ({
    name, category, count, total_ns, self_ns, mean_ns: total_ns / count, min_ns: Math.round((0.7 * total_ns) / count), max_ns: Math.round((3.1 * total_ns) / count),
    longest_slice: count, p50_ns: Math.round((0.97 * total_ns) / count), p99_ns: Math.round((2.2 * total_ns) / count), per_step_ns: total_ns / 59,
  }));
  const headline = {finding: 'conv2d_backward itself takes 33.6\u202f% of the time in ranges.', advice: 'The three greatest of 11 take 60.1\u202f%.'};
  return {span_ns: 2.45e9, step_count: 59, losses: [], headline, row_count: rows.length, rows, others: {rows: 0, count: 0, total_ns: 0, self_ns: 0}};
}

export function makeTree(table, path = []) {
  const row = (name) => table.rows.find((one) => one.name === name);
  const node = (name, children = []) => {
    const {category, count, total_ns, self_ns, mean_ns, min_ns, max_ns, longest_slice} = row(name);
    return {name, category, key: `${category}:${name}`, count, total_ns, self_ns, mean_ns, min_ns, max_ns, longest_slice, child_count: children.length, children, others: {nodes: 0, count: 0, total_ns: 0}};
  };
  const step = node('step', [
    node('backward', [node('conv2d_backward'), node('linear_backward')]), node('forward', [node('conv2d<float, 3, 3, Stride<1>>'), node('linear(batch, 512, 10)')]),
    node('optimizer'), node('next batch'), node('all_reduce'), node('save'),
  ]);
  const others = table.rows.slice(NAMES.length - 1).map((one) => node(one.name));
  const children = [step, ...others];
  let tree = {count: 59, total_ns: step.total_ns, self_ns: 0, child_count: children.length, children, others: {nodes: 0, count: 0, total_ns: 0}};
  for (const key of path) tree = tree.children.find((child) => child.key === key);
  return {span_ns: table.span_ns, path, tree, left_out_count: 0};
}

export function makeCapture(id, more = {}) {
  return {
    id, run: 'cnn/baseline', session: '2025_11_21_12_32_07', file: `${id}.tbtrace`, format: 'tbtrace', state: 'finished', state_detail: '', version: `${id}-1`,
    size_bytes: 412_338, facts: more.state ? null : {duration_ns: 2_279_000_000, slices: 148_000, steps: 60, lost: 312},
    start_unix_ms: 1763728327000, modified_ms: 1763728390000, ...more,
  };
}

// What the index of a recording of 1500 steps tells before it is read.
export function makePreview() {
  const count = 1500;
  const numbers = Array.from({length: count}, (_, i) => i);
  const duration = numbers.map((i) => (i % 211 === 17 ? 9e6 : 4e6 + (i % 7) * 1e5));
  const wave = (shift) => Array.from({length: 480}, (_, i) => Math.round(50 + 45 * Math.sin((i + shift) / 23)));
  return {
    start_unix_ms: 1763728327000, duration_ns: 6.7e9,
    counts: {slices: 60_023_964, steps: count, lost: 312, tracks: 3},
    steps: {each: 1, median_ns: 4.3e6, max_ns: 9e6, number: numbers, start_ns: numbers.map((i) => i * 4.4e6), duration_ns: duration},
    tracks: [
      {name: 'main thread', kind: 'thread', device: -1, slices: 4e7, busy_ns: 6.5e9, busy_percent: wave(0)},
      {name: 'stream 7', kind: 'stream', device: 0, slices: 2e7, busy_ns: 3.1e9, busy_percent: wave(40)},
      {name: 'a loader thread with a name that is too long for its column', kind: 'thread', device: -1, slices: 10, busy_ns: 10, busy_percent: []},
    ],
  };
}
