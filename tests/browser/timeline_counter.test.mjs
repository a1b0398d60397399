// A counter with values that are no numbers, as a program recorded them.
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
const PROGRAM = `
import ctypes, math, os, time
tbprof = ctypes.CDLL(os.environ['NVTX_INJECTION64_PATH'])
tbprof.tbprof_counter.argtypes = [ctypes.c_char_p, ctypes.c_double]
for i in range(100):
    odd = math.nan if 30 <= i < 40 else math.inf if i == 60 else -math.inf if i == 80 else None
    tbprof.tbprof_counter(b"loss", 2.5 - i / 100 if odd is None else odd)
    tbprof.tbprof_counter(b"accuracy", math.nan)
    time.sleep(0.004)
`;
const hasPython = spawnSync('python3', ['--version']).status === 0;
const missing = !findBinary() ? 'tbprof is not built' : !hasPython ? 'python3 is missing' : false;

let server;
let browser;
let capture;

before(async () => {
  if (missing) return;
  const logdir = fs.mkdtempSync(path.join(os.tmpdir(), 'tbprof_counter_'));
  execFileSync(findBinary(), ['run', '--quiet', '--logdir', logdir, '--name', 'odd', '--', 'python3', '-c', PROGRAM]);
  server = await serve(logdir);
  browser = await launch();
  capture = (await captures(server)).odd;
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function counters() {
  const {body} = await json(server, 'tracks', {capture});
  return Object.fromEntries(body.groups.flatMap(({tracks}) => tracks).filter(({kind}) => kind === 'counter').map((track) => [track.title, track]));
}

/**
 * In pixels of the picture: where crosses stand in a row, and how much of the row the line covers. On narrow screens
 * the row lies below its name, by so many CSS pixels.
 */
function look(page, key, below_px = 0) {
  return page.evaluate(([track, below]) => {
    const canvas = document.querySelector('.timeline-picture canvas');
    const context = canvas.getContext('2d');
    const ratio = canvas.width / canvas.clientWidth;
    const probe = document.body.appendChild(document.createElement('i'));
    const rgb = (token) => {
      probe.style.color = `var(${token})`;
      return getComputedStyle(probe).color.match(/\d+/g).join();
    };
    const [bad, line] = [rgb('--bad'), rgb('--cat-compute')];
    probe.remove();
    const box = document.querySelector(`[data-track="${track}"]`).getBoundingClientRect();
    const top = Math.round((box.top - canvas.getBoundingClientRect().top) * ratio);
    const height = Math.round((box.height + below) * ratio);
    const {data, width} = context.getImageData(0, top, canvas.width, height);
    const columns = Array.from({length: width}, () => ({bad: 0, line: 0}));
    for (let i = 0; i < data.length; i += 4) {
      const colour = [data[i], data[i + 1], data[i + 2]].join();
      const column = columns[(i / 4) % width];
      if (colour === bad) column.bad++;
      if (colour === line) column.line++;
    }
    return {columns, ratio, top: box.top + box.height / 2};
  }, [key, below_px]);
}

async function tipAt(page, time_ns, y) {
  const {body} = await json(server, 'tracks', {capture});
  const box = await page.locator('.timeline-picture').boundingBox();
  const view = await page.evaluate(() => Object.fromEntries(new URLSearchParams(location.hash.split('?')[1])));
  const [from, to] = [Number(view.from ?? 0), Number(view.to ?? body.duration_ns)];
  await page.mouse.move(box.x + ((time_ns - from) / (to - from)) * box.width, y, {steps: 2});
  return (await page.locator('.tip').innerText()).replaceAll(/\s/g, ' ');
}

/** The odd values, as the route gives them. */
async function oddTimes(key) {
  const {body} = await json(server, 'tracks', {capture});
  const query = new URLSearchParams({capture, from_ns: 0, to_ns: body.duration_ns, width_px: 4000, tracks: key});
  const bytes = await (await fetch(`${server.url}/data/plugin/timeline/window?${query}`)).arrayBuffer();
  const headBytes = new DataView(bytes).getUint32(4, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, headBytes)));
  const column = head.columns.find(({name}) => name === 'odd_time_ns');
  return [...new Float64Array(bytes, column.offset, column.count)];
}

test('what is no number is a cross with its words, and the line ends there', {skip: missing}, async () => {
  const {loss} = await counters();
  const times = await oddTimes(loss.key);
  assert.equal(times.length, 12);
  for (const dark of [false, true]) {
    const {page, close} = await openPage(browser, address(server, capture, {from: 0, to: loss.last_ns}), {dark});
    await timelineReady(page);
    if (SHOTS) await page.screenshot({path: path.join(SHOTS, `timeline_counter_${dark ? 'dark' : 'light'}.png`)});
    const {columns, top} = await look(page, loss.key);
    const x = (time) => Math.round((time / loss.last_ns) * columns.length);
    for (const at of [0, 10, 11]) {
      const near = columns.slice(x(times[at]) - 4, x(times[at]) + 5);
      assert.ok(near.reduce((sum, {bad}) => sum + bad, 0) >= 12, `no cross at ${times[at]} ns`);
    }
    // From the first NaN to the next number there is no line; before it there is one.
    const [first, last] = [x(times[0]) + 2, x(times[9])];
    assert.ok(last - first > 10);
    assert.equal(columns.slice(first, last).reduce((sum, {line}) => sum + line, 0), 0);
    assert.ok(columns.slice(first - 20, first - 5).every(({line}) => line > 0));

    assert.match(await tipAt(page, times[0], top), /loss.* not a number at [\d ]+\.\d+ ms/);
    assert.match(await tipAt(page, times[10], top), /loss.* infinite at/);
    assert.match(await tipAt(page, times[11], top), /loss.* −infinite at/);
    assert.match(await tipAt(page, (times[9] + times[10]) / 2, top), /loss 2(\.0\d+)?$/);
    await close();
  }
});

test('a counter without any number has no range, and a cross', {skip: missing}, async () => {
  const {accuracy} = await counters();
  assert.equal(accuracy.low, null);
  const {page, close} = await openPage(browser, address(server, capture), {width: 390, height: 844});
  await timelineReady(page);
  if (SHOTS) await page.screenshot({path: path.join(SHOTS, 'timeline_counter_narrow.png')});
  const {columns} = await look(page, accuracy.key, 24);
  assert.ok(columns.some(({bad}) => bad > 0));
  assert.ok(columns.every(({line}) => line === 0));
  assert.equal(await page.locator(`[data-track="${accuracy.key}"] .range`).innerText(), '–');
  await close();
});
