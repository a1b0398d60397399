// A program that was recorded in windows: the time between them is marked, nothing is drawn over it
// and nothing is said of it.
import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {launch, openPage} from './open_page.mjs';
import {captures, findBinary, serve} from './real_server.mjs';
import {address, json, timelineReady} from './timeline_page.mjs';

const SHOTS = process.env.TBPROF_SCREENSHOTS;
// The counter says the same all the time: only where nobody looked does its line end.
const PROGRAM = `
import ctypes, os, time
tbprof = ctypes.CDLL(os.environ['NVTX_INJECTION64_PATH'])
tbprof.tbprof_counter.argtypes = [ctypes.c_char_p, ctypes.c_double]
tbprof.tbprof_step_begin.argtypes = [ctypes.c_int64]
tbprof.tbprof_range_begin.argtypes = [ctypes.c_char_p, ctypes.c_int]
for step in range(60):
    tbprof.tbprof_step_begin(step)
    tbprof.tbprof_range_begin(b"forward", 2)
    tbprof.tbprof_counter(b"memory", 3)
    time.sleep(0.004)
    tbprof.tbprof_range_end()
    tbprof.tbprof_step_end()
`;
const hasPython = spawnSync('python3', ['--version']).status === 0;
const missing = !findBinary() ? 'tbprof is not built' : !hasPython ? 'python3 is missing' : false;

let server;
let browser;
let capture;
let tracks;

before(async () => {
  if (missing) return;
  const logdir = fs.mkdtempSync(path.join(os.tmpdir(), 'tbprof_windows_'));
  execFileSync(findBinary(), ['run', '--quiet', '--logdir', logdir, '--name', 'parts', '--steps', '10-19,40-49', '--', 'python3', '-c', PROGRAM]);
  server = await serve(logdir);
  browser = await launch();
  capture = (await captures(server)).parts;
  tracks = (await json(server, 'tracks', {capture})).body;
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const track = (kind) => tracks.groups.flatMap((group) => group.tracks).find((one) => one.kind === kind);

/** The colours of one row of pixels through the middle of a track, and where the row stands. */
function rowOf(page, key) {
  return page.evaluate((wanted) => {
    const canvas = document.querySelector('.timeline-picture canvas');
    const context = canvas.getContext('2d');
    const ratio = canvas.width / canvas.clientWidth;
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.setProperty('forced-color-adjust', 'none');
    const dot = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d', {willReadFrequently: true});
    const rgb = (token) => {
      probe.style.color = `var(${token})`;
      dot.fillStyle = getComputedStyle(probe).color;
      dot.fillRect(0, 0, 1, 1);
      return dot.getImageData(0, 0, 1, 1).data.slice(0, 3).join();
    };
    const tokens = Object.fromEntries(['--surface-1', '--surface-2', '--line-3', '--cat-compute'].map((token) => [rgb(token), token]));
    probe.remove();
    const box = document.querySelector(`[data-track="${wanted}"]`).getBoundingClientRect();
    const top = Math.round((box.top - canvas.getBoundingClientRect().top) * ratio);
    const height = Math.round(box.height * ratio);
    const {data, width} = context.getImageData(0, top, canvas.width, height);
    const columns = Array.from({length: width}, () => ({}));
    for (let i = 0; i < data.length; i += 4) {
      const token = tokens[[data[i], data[i + 1], data[i + 2]].join()] ?? 'other';
      const column = columns[(i / 4) % width];
      column[token] = (column[token] ?? 0) + 1;
    }
    return {columns, y: box.top + box.height / 2};
  }, key);
}

async function tipAt(page, share, y) {
  const box = await page.locator('.timeline-picture').boundingBox();
  await page.mouse.move(box.x + share * box.width, y, {steps: 2});
  return (await page.locator('.tip').innerText()).replaceAll(/\s/g, ' ');
}

test('the time between windows is marked on every track, and a counter stops there', {skip: missing}, async () => {
  const {windows, duration_ns} = tracks;
  assert.equal(windows.length, 2);
  const middle = (a, b) => (a + b) / 2 / duration_ns;
  const outside = [middle(0, windows[0].start_ns), middle(windows[0].end_ns, windows[1].start_ns), middle(windows[1].end_ns, duration_ns)];
  const inside = windows.map(({start_ns, end_ns}) => middle(start_ns, end_ns));
  for (const more of [{}, {dark: true}, {forcedColors: 'active'}]) {
    const {page, close} = await openPage(browser, address(server, capture), more);
    await timelineReady(page);
    const name = more.dark ? 'dark' : more.forcedColors ? 'forced' : 'light';
    if (SHOTS) await page.screenshot({path: path.join(SHOTS, `timeline_windows_${name}.png`)});
    for (const kind of ['counter', 'thread']) {
      const {columns, y} = await rowOf(page, track(kind).key);
      const at = (share) => columns[Math.round(share * columns.length)];
      for (const share of outside) {
        // Ticks of the grid may stand there, but neither a slice nor the counter's line.
        const seen = columns.slice(Math.round(share * columns.length) - 3, Math.round(share * columns.length) + 4);
        assert.ok(seen.some((column) => Object.keys(column).join() === '--surface-2'), `${kind} outside: ${JSON.stringify(seen)}`);
        assert.ok(seen.every((column) => !column['--cat-compute']), `${kind} is drawn outside`);
        assert.match(await tipAt(page, share, y), /^Not recorded .* outside of the recorded windows$/);
      }
      for (const share of inside) {
        assert.equal(at(share)['--surface-2'], undefined, `${kind} inside: ${JSON.stringify(at(share))}`);
        if (kind === 'counter') assert.ok(at(share)['--cat-compute'] > 0, 'no line in a window');
      }
      // Edges stand where windows begin and end, whatever the ground's colour is worth to the eye.
      const edge = Math.round((windows[0].start_ns / duration_ns) * columns.length);
      assert.ok(columns.slice(edge - 2, edge + 2).some((column) => column['--line-3'] > 4), `${kind} has no edge`);
      assert.match(await tipAt(page, inside[0], y), kind === 'counter' ? /memory 3$/ : /forward|step/i);
    }
    await close();
  }
});

test('a gap says that nothing was recorded there, in shorter words where it is narrow', {skip: missing}, async () => {
  for (const [width, wanted] of [[1440, ['not recorded']], [390, ['not recorded', 'paused', 'off']]]) {
    const {page, close} = await openPage(browser, 'about:blank', {width, height: 844});
    await page.addInitScript(() => {
      window.written = [];
      const {fillText} = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
        window.written.push(text);
        return fillText.call(this, text, ...rest);
      };
    });
    await page.goto(address(server, capture));
    await timelineReady(page);
    const seen = (await page.evaluate(() => window.written)).filter((text) => ['not recorded', 'paused', 'off'].includes(text));
    assert.ok(seen.length > 0 && seen.length % 3 === 0, `${width} px: ${seen}`);
    assert.ok(seen.every((text) => wanted.includes(text)), `${width} px: ${seen}`);
    assert.match((await page.locator('.timeline').innerText()).replaceAll(/\s/g, ' '), /in all, [\d.]+ m?s recorded, /);
    await close();
  }
});

test('a share is of the time that was recorded', {skip: missing}, async () => {
  const {page, close} = await openPage(browser, address(server, capture));
  await timelineReady(page);
  const busy = await page.locator(`[data-busy="${track('thread').key}"]`).innerText();
  assert.ok(parseFloat(busy) > 90 && parseFloat(busy) <= 100, `busy: ${busy}`);
  await close();
});

test('inside of one window nothing is marked; zoomed into time between, the counter says nothing', {skip: missing}, async () => {
  const [first, second] = tracks.windows;
  const {key} = track('counter');
  const inner = await openPage(browser, address(server, capture, {from: first.start_ns + 5e6, to: first.end_ns - 5e6}));
  await timelineReady(inner.page);
  const all = (await rowOf(inner.page, key)).columns;
  assert.ok(all.every((column) => column['--surface-2'] === undefined && column['--cat-compute'] > 0));
  await inner.close();
  const between = await openPage(browser, address(server, capture, {from: first.end_ns + 1e6, to: second.start_ns - 1e6}));
  await timelineReady(between.page);
  assert.ok((await rowOf(between.page, key)).columns.every((column) => !column['--cat-compute']));
  await between.close();
});
