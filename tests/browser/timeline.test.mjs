// The timeline in Chromium on real traces, against the server's own JSON.
import assert from 'node:assert/strict';
import path from 'node:path';
import {assertNoSideways} from './open_page.mjs';
import {QWEN, RESNET, settled, timelineOf, timelineReady} from './timeline_page.mjs';

const {ids, check, json, open} = timelineOf({qwen: QWEN, resnet: RESNET});
const SHOTS = process.env.TBPROF_SCREENSHOTS;

const tracksOf = async (run) => (await json('tracks', {capture: ids[run]})).body;

// The longest kernel, found by walking the children of nothing: over windows, in plain JavaScript.
async function someKernel(run) {
  const tracks = await tracksOf(run);
  const stream = tracks.groups.find((group) => group.device).tracks.find((track) => track.kind === 'stream');
  const middle = Math.round((stream.first_ns + stream.last_ns) / 2);
  for (let id = 0; ; id += 97) {
    const {status, body} = await json('slice', {capture: ids[run], id});
    assert.equal(status, 200);
    if (body.category === 'kernel' && body.start_ns > middle && body.launched_by.length > 0 && body.duration_ns > 20000) return body;
  }
}

// Where a slice is on the screen, as a user would look for it.
async function placeOf(page, slice) {
  const label = await page.locator(`[data-track="${slice.track}"]`).boundingBox();
  const picture = await page.locator('.timeline-picture').boundingBox();
  const view = await page.evaluate(() => Object.fromEntries(new URLSearchParams(location.hash.split('?')[1])));
  const [from, to] = [Number(view.from), Number(view.to)];
  const share = (slice.start_ns + slice.duration_ns / 2 - from) / (to - from);
  return {x: picture.x + share * picture.width, y: label.y + Math.min(9, label.height / 2) + slice.depth * 19.5};
}

const around = (slice, factor = 4) => ({
  from: Math.round(slice.start_ns - slice.duration_ns * factor), to: Math.round(slice.start_ns + slice.duration_ns * (factor + 1)),
});

check('every track of the JSON has a row, in its order', async () => {
  const {page, close} = await open('qwen');
  const tracks = await tracksOf('qwen');
  const expected = tracks.groups.flatMap((group) => group.tracks.map((track) => track.key));
  assert.deepEqual(await page.locator('[data-track]').evaluateAll((nodes) => nodes.map((node) => node.dataset.track)), expected);
  await close();
});

check('hover names the slice and its times as the JSON has them', async () => {
  const kernel = await someKernel('qwen');
  const {page, close} = await open('qwen', around(kernel));
  const place = await placeOf(page, kernel);
  await page.mouse.move(place.x, place.y);
  const tip = await page.locator('.tip').innerText();
  assert.ok(tip.includes(kernel.name), tip);
  const digits = (kernel.duration_ns / 1000).toFixed(kernel.duration_ns >= 99500 ? 0 : kernel.duration_ns >= 9995 ? 1 : 2);
  assert.ok(tip.replaceAll(/\s/g, ' ').includes(`${digits} µs`), `${tip} has no ${digits} µs`);
  await close();
});

check('a click opens the details, and their link leads to the launch and back', async () => {
  const kernel = await someKernel('qwen');
  const {page, close} = await open('qwen', around(kernel));
  const place = await placeOf(page, kernel);
  await page.mouse.click(place.x, place.y);
  await page.waitForSelector('.inspector h2');
  assert.equal(await page.locator('.inspector h2').first().innerText(), kernel.name);
  assert.match(page.url(), new RegExp(`sel=slice%3A${kernel.id}\\b`));
  const launch = kernel.launched_by[0];
  await page.locator(`.inspector .timeline-jump[data-slice="${launch.id}"]`).first().click();
  await page.waitForFunction((name) => document.querySelector('.inspector h2')?.textContent === name, launch.name);
  await settled(page);
  const view = Object.fromEntries(new URLSearchParams(page.url().split('?')[1]));
  assert.ok(Number(view.from) <= launch.start_ns && Number(view.to) >= launch.start_ns + launch.duration_ns, 'the launch is in view');
  await page.locator(`.inspector .timeline-jump[data-slice="${kernel.id}"]`).first().click();
  await page.waitForFunction((name) => document.querySelector('.inspector h2')?.textContent === name, kernel.name);
  await close();
});

check('keys zoom, move, walk, frame and fit', async () => {
  const kernel = await someKernel('qwen');
  const {page, close} = await open('qwen', {...around(kernel, 20), sel: `slice:${kernel.id}`});
  await page.waitForSelector('.inspector h2');
  const view = async () => {
    await settled(page);
    const params = new URLSearchParams(page.url().split('?')[1]);
    return params.has('from') ? {from: Number(params.get('from')), to: Number(params.get('to'))} : undefined;
  };
  const start = await view();
  await page.keyboard.press('f');
  const framed = await view();
  assert.ok(framed.from < kernel.start_ns && framed.to > kernel.start_ns + kernel.duration_ns);
  assert.ok(framed.to - framed.from < start.to - start.from);
  await page.keyboard.down('s');
  await page.waitForTimeout(200);
  await page.keyboard.up('s');
  const out = await view();
  assert.ok(out.to - out.from > (framed.to - framed.from) * 1.05, 'S zooms out');
  await page.keyboard.down('d');
  await page.waitForTimeout(200);
  await page.keyboard.up('d');
  assert.ok((await view()).from > out.from, 'D moves right');
  const next = (await json('neighbour', {capture: ids.qwen, id: kernel.id, way: 'next'})).body;
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction((id) => location.hash.includes(`slice%3A${id}`), next.id);
  const alike = (await json('neighbour', {capture: ids.qwen, id: next.id, way: 'next_alike'})).body;
  if (alike) {
    await page.keyboard.press('n');
    await page.waitForFunction((id) => location.hash.includes(`slice%3A${id}`), alike.id);
  }
  await page.keyboard.press('m');
  await page.waitForFunction(() => location.hash.includes('span%3A'));
  await page.keyboard.press('0');
  assert.equal(await view(), undefined, '0 shows all');
  await close();
});

check('links open a step, a slice and a stretch', async () => {
  const tracks = await tracksOf('resnet');
  assert.ok(tracks.steps.slices > 0);
  const {page, close} = await open('resnet', {step: '7'});
  const {body: step} = await json('step', {capture: ids.resnet, number: 7});
  await page.waitForFunction(() => location.hash.includes('from='));
  await settled(page);
  const view = new URLSearchParams(page.url().split('?')[1]);
  assert.ok(Math.abs(Number(view.get('from')) - step.start_ns) < step.duration_ns * 0.05);
  assert.ok(Math.abs(Number(view.get('to')) - step.start_ns - step.duration_ns) < step.duration_ns * 0.05);
  await close();
  const kernel = await someKernel('resnet');
  const second = await open('resnet', {slice: String(kernel.id)});
  await second.page.waitForSelector('.inspector h2');
  assert.equal(await second.page.locator('.inspector h2').first().innerText(), kernel.name);
  await second.close();
});

check('a gap tells what was before and after it', async () => {
  const {page, close} = await open('qwen', {sel: 'gap:0.0'});
  const {body: gap} = await json('gap', {capture: ids.qwen, device: 0, number: 0});
  await page.waitForSelector('.timeline-chain');
  const text = await page.locator('.timeline-chain').innerText();
  assert.ok(text.includes(gap.work_before.name) && text.includes(gap.work_after.name));
  await close();
});

check('a gap tells its story in the order of time', async () => {
  let number = 0;
  let gap;
  do ({body: gap} = await json('gap', {capture: ids.qwen, device: 0, number: number++}));
  while (!gap.launch_after || gap.launch_after.start_ns >= gap.start_ns);
  const {page, close} = await open('qwen', {sel: `gap:0.${number - 1}`});
  await page.waitForSelector('.timeline-chain');
  const times = (await page.locator('.timeline-chain li:not(.host) time').allInnerTexts()).map((text) => Number(text.replace(/[^\d.]/g, '')));
  assert.equal(times.length, 3);
  assert.deepEqual(times, [...times].sort((a, b) => a - b));
  await close();
});

check('counts of a slice have groups of digits, ids have not', async () => {
  const kernel = await someKernel('qwen');
  const attribute = (name) => kernel.attributes.find(([key]) => key === name)?.[1];
  const {page, close} = await open('qwen', {sel: `slice:${kernel.id}`});
  await page.waitForSelector('.inspector h2');
  const shown = await page.locator('.inspector .facts').last().evaluate((node) => Object.fromEntries([...node.querySelectorAll('dt')].map((term) => [term.textContent, term.nextElementSibling.textContent])));
  assert.equal(shown.correlation, attribute('correlation'));
  assert.equal(shown.grid.replaceAll(/\s/g, ''), attribute('grid').replace(/[[\]]/g, '').replaceAll(',', '×'));
  assert.doesNotMatch(shown.grid, /\d{4}/);
  await close();
});

check('Shift and drag selects a range, folding is in the address', async () => {
  const {page, close} = await open('resnet');
  const box = await page.locator('.timeline-picture').boundingBox();
  await page.keyboard.down('Shift');
  await page.mouse.move(box.x + 200, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + 400, box.y + 60, {steps: 4});
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await page.waitForFunction(() => location.hash.includes('span%3A'));
  await page.locator('.timeline-head').first().click();
  await page.waitForFunction(() => location.hash.includes('fold='));
  await page.reload();
  await timelineReady(page);
  assert.equal(await page.locator('.timeline-head').first().getAttribute('aria-expanded'), 'false');
  await close();
});

check('outer frames share a row until they are asked for, one by one or by a link', async () => {
  const tracks = await tracksOf('qwen');
  const main = tracks.groups.flatMap((group) => group.tracks).find((track) => track.outer_lanes > 5);
  const frames = [];
  for (let slice = await someKernel('qwen').then((kernel) => kernel.launched_by[0]); slice; frames.unshift(slice)) {
    const {body} = await json('neighbour', {capture: ids.qwen, id: slice.id, way: 'up'});
    if (!body) break;
    slice = body;
  }
  const {page, close} = await open('qwen');
  const height = () => page.locator('.timeline-space').evaluate((node) => node.offsetHeight);
  const button = page.locator(`[data-frames="${main.key}"]`);
  assert.match(await button.innerText(), new RegExp(`^\\s*${main.outer_lanes}\\souter frames`));
  const label = await page.locator(`[data-track="${main.key}"]`).boundingBox();
  const picture = await page.locator('.timeline-picture').boundingBox();
  await page.mouse.move(picture.x + picture.width / 2, label.y + 8);
  const innermost = frames[main.outer_lanes - 1];
  assert.equal(innermost.depth, main.outer_lanes - 1);
  assert.ok((await page.locator('.tip').innerText()).includes(innermost.name));
  const before = await height();
  await button.click();
  assert.equal(Math.round(((await height()) - before - (18 - 16)) / 19.5), main.outer_lanes - 1);
  assert.match(page.url(), new RegExp(`fold=${main.key}-frames`));
  await button.click();
  assert.equal(await height(), before);
  await page.mouse.click(picture.x + picture.width / 2, label.y + 8);
  await page.waitForSelector('.inspector h2');
  await page.keyboard.press('ArrowUp');
  await page.waitForFunction((name) => document.querySelector('.inspector h2')?.textContent === name, frames[main.outer_lanes - 2].name);
  assert.equal(await button.getAttribute('aria-expanded'), 'true', 'a frame that is selected is shown');
  await close();
});

check('an instant says its name and its time', async () => {
  const {page, close} = await open('resnet');
  const thread = page.locator('[data-track^="t"]').filter({hasText: 'thread'}).first();
  const [label, picture] = [await thread.boundingBox(), await page.locator('.timeline-picture').boundingBox()];
  let tip = '';
  for (let x = 20; x < picture.width && !tip.includes('instant at'); x += 5) {
    await page.mouse.move(picture.x + x, label.y - 2);
    if (await page.locator('.tip').isVisible()) tip = await page.locator('.tip').innerText();
  }
  assert.match(tip, /\[memory\]\s+instant at [\d\s.]+ms/);
  await close();
});

check('half a pixel of work is drawn half as high', async () => {
  // The whole capture, stream by stream: inked pixels against the busy share that the server says.
  const {page, close} = await open('resnet');
  const tracks = await tracksOf('resnet');
  const stream = tracks.groups[0].tracks.find((track) => track.kind === 'stream');
  const drawn = await page.evaluate((key) => {
    const label = document.querySelector(`[data-track="${key}"]`).getBoundingClientRect();
    const canvas = document.querySelector('.timeline-picture > canvas');
    const top = Math.round(label.top - canvas.getBoundingClientRect().top);
    const {data, width} = canvas.getContext('2d').getImageData(0, top, canvas.width, Math.round(label.height));
    const page = canvas.getContext('2d').getImageData(0, top - 2, canvas.width, 1).data;
    let inked = 0;
    for (let i = 0; i < data.length; i += 4) {
      const x = ((i / 4) % width) * 4;
      if (data[i] !== page[x] || data[i + 1] !== page[x + 1] || data[i + 2] !== page[x + 2]) inked++;
    }
    return (inked * 4) / data.length;
  }, stream.key);
  const share = stream.busy_ns / tracks.duration_ns;
  assert.ok(Math.abs(drawn - share) < 0.04, `drawn ${drawn}, busy ${share}`);
  await close();
});

check('hostile parameters are refused with a reason', async () => {
  const good = {capture: ids.qwen, from_ns: 0, to_ns: 1000, width_px: 100};
  for (const [change, status] of [
    [{from_ns: 'x'}, 400], [{width_px: 0}, 400], [{width_px: 1e9}, 400], [{to_ns: -5}, 400], [{tracks: 'nothing'}, 400],
    [{to_ns: '9'.repeat(40)}, 400], [{from_ns: 5, to_ns: 5}, 400], [{capture: '../../etc/passwd'}, 404],
  ]) {
    const answer = await json('window', {...good, ...change});
    assert.equal(answer.status, status, JSON.stringify(change));
    assert.ok(answer.body.error.length > 10);
  }
  assert.equal((await json('slice', {capture: ids.qwen, id: 4294967294})).status, 404);
  assert.equal((await json('neighbour', {capture: ids.qwen, id: 1, way: 'sideways'})).status, 400);
});

for (const dark of [false, true]) {
  for (const [width, height] of [[390, 844], [768, 1024], [1440, 900], [2560, 1440]]) {
    check(`holds at ${width} px, ${dark ? 'dark' : 'light'}`, async () => {
      const kernel = await someKernel('qwen');
      for (const [name, params] of [['whole', {}], ['near', {...around(kernel, 12), sel: `slice:${kernel.id}`}]]) {
        const {page, close} = await open('qwen', params, {width, height, dark});
        await assertNoSideways(page);
        if (SHOTS) await page.screenshot({path: path.join(SHOTS, `timeline-${name}-${width}-${dark ? 'dark' : 'light'}.png`)});
        await close();
      }
    });
  }
}
