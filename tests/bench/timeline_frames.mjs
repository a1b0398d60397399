// The timeline on a large trace in Chromium, with the real server: how long a frame takes while
// the view pans and zooms, how long a reply takes, and how much of that the server computes.
//   node tests/bench/timeline_frames.mjs TRACE [--width 1440] [--height 900]
// TRACE: for example made by ../shared/data/traces/big_kineto.py --events 1e6.
import fs from 'node:fs';
import {launch} from '../browser/open_page.mjs';
import {captures, makeLogdir, serve} from '../browser/real_server.mjs';
import {address, json, settled, timelineReady} from '../browser/timeline_page.mjs';

const file = process.argv[2];
const option = (name, usual) => Number(process.argv[process.argv.indexOf(`--${name}`) + 1] || usual) || usual;
if (!file || !fs.existsSync(file)) {
  console.error('Say which trace: node tests/bench/timeline_frames.mjs TRACE');
  process.exit(1);
}

const server = await serve(makeLogdir({big: file}));
const browser = await launch();
const page = await (await browser.newContext({viewport: {width: option('width', 1440), height: option('height', 900)}, reducedMotion: 'no-preference'})).newPage();
// A frame's cost: all that its animation callbacks compute. Painting of unchanged layers is not in it.
await page.addInitScript(() => {
  const original = window.requestAnimationFrame.bind(window);
  const frames = (window.measuredFrames = []);
  let current = -1;
  window.requestAnimationFrame = (callback) =>
    original((now) => {
      const start = performance.now();
      callback(now);
      const cost = performance.now() - start;
      if (current === now) frames[frames.length - 1] += cost;
      else frames.push(cost);
      current = now;
    });
  performance.setResourceTimingBufferSize(5000);
});
const ids = await captures(server);
const {body: tracks} = await json(server, 'tracks', {capture: ids.big});
await page.goto(address(server, ids.big));
await timelineReady(page);
const box = await page.locator('.timeline-picture').boundingBox();
const [x, y] = [box.x + box.width * 0.5, box.y + box.height * 0.5];

async function measure(name, act) {
  await page.evaluate(() => {
    window.measuredFrames.length = 0;
    performance.clearResourceTimings();
  });
  await act();
  await settled(page);
  const {frames, replies} = await page.evaluate(() => ({
    frames: window.measuredFrames.filter((cost) => cost > 0.2),
    replies: performance.getEntriesByType('resource').filter((entry) => entry.name.includes('/timeline/window'))
      .map((entry) => ({
        ms: entry.responseEnd - entry.requestStart, wire: entry.encodedBodySize, bytes: entry.decodedBodySize,
        server: entry.serverTiming.reduce((sum, {duration}) => sum + duration, 0),
      })),
  }));
  print(name, frames, replies);
  return {frames, replies};
}

const quantile = (values, share) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN;
const pair = (values) => `${quantile(values, 0.5).toFixed(1).padStart(6)} ${quantile(values, 0.95).toFixed(1).padStart(6)}`;

function print(name, frames, replies) {
  const kb = replies.map((reply) => reply.bytes / 1000);
  const wire = replies.map((reply) => reply.wire / 1000);
  console.log(`${name.padEnd(22)} ${String(frames.length).padStart(6)} ${pair(frames)}   ${String(replies.length).padStart(6)} ${pair(replies.map((reply) => reply.ms))}   ${pair(replies.map((reply) => reply.server)).padStart(17)}   ${pair(kb)}   ${pair(wire)}`);
}

const wheel = async (count, delta, key) => {
  if (key) await page.keyboard.down(key);
  for (let i = 0; i < count; i++) {
    await page.mouse.wheel(0, delta);
    await page.waitForTimeout(16);
  }
  if (key) await page.keyboard.up(key);
};
const drag = async (by, steps) => {
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + by, y, {steps});
  await page.mouse.up();
};
const hold = async (key, ms) => {
  await page.keyboard.down(key);
  await page.waitForTimeout(ms);
  await page.keyboard.up(key);
};

console.log(`${tracks.slices} slices, ${tracks.groups.reduce((sum, group) => sum + group.tracks.length, 0)} tracks, picture ${Math.round(box.width)}x${Math.round(box.height)} px`);
console.log(`${''.padEnd(22)}  frame, ms    p50    p95    reply, ms   p50    p95   server p50    p95      kB  p50    p95    gzip kB  p50    p95`);
await page.mouse.move(x, y);
const all = {frames: [], replies: []};
const add = (part) => {
  all.frames.push(...part.frames);
  all.replies.push(...part.replies);
};
add(await measure('zoom in by wheel', () => wheel(60, -40, 'Control')));
add(await measure('pan by drag', async () => {
  for (let i = 0; i < 6; i++) await drag(i % 2 ? 500 : -400, 40);
}));
add(await measure('zoom out by wheel', () => wheel(60, 40, 'Control')));
add(await measure('W held', () => hold('w', 2500)));
add(await measure('D held', () => hold('d', 2500)));
add(await measure('S held', () => hold('s', 2500)));
print('all', all.frames, all.replies);

// The reply alone, without a page: whole view, all tracks that fit on a screen.
const keys = tracks.groups.flatMap((group) => group.tracks.map((track) => track.key)).slice(0, 40).join(',');
const times = [];
const serverTimes = [];
for (let i = 0; i < 200; i++) {
  const from = i % 2 ? 0 : Math.floor((tracks.duration_ns * (i % 20)) / 40);
  const to = i % 2 ? tracks.duration_ns - i : Math.floor(from + tracks.duration_ns / (1 + (i % 7) ** 3));
  const start = performance.now();
  const response = await fetch(`${server.url}/data/plugin/timeline/window?capture=${ids.big}&from_ns=${from}&to_ns=${to}&width_px=1200&tracks=${keys}`);
  await response.arrayBuffer();
  times.push(performance.now() - start);
  const timing = response.headers.get('server-timing') ?? '';
  serverTimes.push([...timing.matchAll(/dur=([\d.]+)/g)].reduce((sum, [, dur]) => sum + Number(dur), 0));
}
console.log(`reply to a program, 1200 px, first 40 tracks: p50 ${quantile(times, 0.5).toFixed(1)} ms, p95 ${quantile(times, 0.95).toFixed(1)} ms; of that the server p50 ${quantile(serverTimes, 0.5).toFixed(1)}, p95 ${quantile(serverTimes, 0.95).toFixed(1)} ms`);
await browser.close();
await server.stop();
