// The timeline under fingers, with keys alone, at other pixel ratios, with forced colours, and with
// names of any length.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {RESNET, settled, timelineOf, timelineReady} from './timeline_page.mjs';

const LONG_NAME = `void cutlass::Kernel2<cutlass_80_tensorop_bf16_s16816gemm_relu_bf16_256x128_32x3_tn_align8>(${'cutlass::epilogue::thread::LinearCombinationRelu<float, 8>, '.repeat(12)}int)`;

// 70 short steps and a kernel with a long name, as torch.profiler writes them.
function manySteps() {
  const events = [{ph: 'X', cat: 'kernel', name: LONG_NAME, pid: 0, tid: 7, ts: 1000, dur: 35000, args: {device: 0, stream: 7}}];
  for (let i = 0; i < 70; i++) events.push({ph: 'X', cat: 'user_annotation', name: `ProfilerStep#${100 + i}`, pid: 9, tid: 9, ts: 1000 + i * 1000, dur: 990});
  return JSON.stringify({schemaVersion: 1, deviceProperties: [{id: 0, name: 'GPU'}], traceEvents: events});
}

const {ids, address, check, json, open, openUrl, url} = timelineOf({resnet: RESNET}, (logdir) => {
  fs.mkdirSync(path.join(logdir, 'steps'));
  fs.writeFileSync(path.join(logdir, 'steps/many.pt.trace.json'), manySteps());
});

const viewOf = async (page) => {
  await settled(page);
  const params = new URLSearchParams(page.url().split('?')[1]);
  return {from: Number(params.get('from')), to: Number(params.get('to'))};
};

check('while the view zooms on, a question is for half of its pixels; once it rests, for all', async () => {
  const {page, close} = await open('resnet');
  await settled(page);
  const box = await page.locator('.timeline-picture').boundingBox();
  const asked = [];
  page.on('request', (request) => {
    const params = new URL(request.url()).searchParams;
    if (request.url().includes('/timeline/window')) asked.push({width_px: Number(params.get('width_px')), length_ns: Number(params.get('to_ns')) - Number(params.get('from_ns'))});
  });
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.keyboard.down('w');
  await page.waitForTimeout(900);
  await page.keyboard.up('w');
  const view = await viewOf(page);
  const share = ({width_px, length_ns}) => (width_px / length_ns) * ((view.to - view.from) / box.width);
  assert.ok(asked.some(({width_px}) => width_px < box.width * 0.6), `asked for ${asked.map(({width_px}) => width_px)} px`);
  assert.ok(Math.abs(share(asked.at(-1)) - 1) < 0.02, `at rest for ${share(asked.at(-1))} of its pixels`);
  await close();
});

check('one finger moves the picture, two zoom it, a tap selects', async () => {
  const {body: step} = await json('step', {capture: ids.resnet, number: 7});
  const {page, close} = await open('resnet', {from: step.start_ns, to: step.start_ns + step.duration_ns}, {width: 390, height: 500, hasTouch: true});
  const box = await page.locator('.timeline-picture').boundingBox();
  const client = await page.context().newCDPSession(page);
  const touch = (type, points) => client.send('Input.dispatchTouchEvent', {type, touchPoints: points.map(([x, y], id) => ({x: box.x + x, y: box.y + y, id}))});
  const start = await viewOf(page);
  await touch('touchStart', [[200, 60]]);
  for (let x = 195; x >= 100; x -= 5) await touch('touchMove', [[x, 60]]);
  await touch('touchEnd', []);
  const moved = await viewOf(page);
  const length = start.to - start.from;
  assert.ok(Math.abs((moved.from - start.from) / length - 100 / box.width) < 0.03, `moved by ${(moved.from - start.from) / length} of the view`);
  assert.ok(Math.abs(moved.to - moved.from - length) < length * 0.01, 'a pan does not zoom');
  await touch('touchStart', [[120, 60], [160, 60]]);
  for (let by = 2; by <= 40; by += 2) await touch('touchMove', [[120 - by, 60], [160 + by, 60]]);
  await touch('touchEnd', []);
  const zoomed = await viewOf(page);
  assert.ok(Math.abs((zoomed.to - zoomed.from) / length - 1 / 3) < 0.05, `the view is ${(zoomed.to - zoomed.from) / length} of what it was`);
  const held = (view) => view.from + (140 / box.width) * (view.to - view.from);
  assert.ok(Math.abs(held(zoomed) - held(moved)) < length * 0.02, 'what is between the fingers stays there');
  // Up and down scrolls the rows.
  const top = () => page.locator('.timeline-tracks').evaluate((node) => node.scrollTop);
  await touch('touchStart', [[150, 200]]);
  for (let y = 190; y >= 50; y -= 10) await touch('touchMove', [[150, y]]);
  await touch('touchEnd', []);
  assert.ok((await top()) > 50, `scrolled to ${await top()}`);
  await page.locator('.timeline-tracks').evaluate((node) => node.scrollTo(0, 0));
  const thread = await page.locator('[data-track^="t"]').first().boundingBox();
  await touch('touchStart', [[100, thread.y + thread.height - box.y + 8]]); // its name stands above it
  await touch('touchEnd', []);
  await page.waitForSelector('.inspector h2');
  await close();
});

check('two fingers that move together move the picture', async () => {
  const {body: step} = await json('step', {capture: ids.resnet, number: 7});
  const {page, close} = await open('resnet', {from: step.start_ns, to: step.start_ns + step.duration_ns}, {width: 390, height: 844, hasTouch: true});
  const box = await page.locator('.timeline-picture').boundingBox();
  const client = await page.context().newCDPSession(page);
  const touch = (type, points) => client.send('Input.dispatchTouchEvent', {type, touchPoints: points.map(([x, y], id) => ({x: box.x + x, y: box.y + y, id}))});
  const start = await viewOf(page);
  await touch('touchStart', [[200, 60], [250, 60]]);
  for (let by = 5; by <= 100; by += 5) await touch('touchMove', [[200 - by, 60], [250 - by, 60]]);
  await touch('touchEnd', []);
  const moved = await viewOf(page);
  const share = (moved.from - start.from) / (start.to - start.from);
  assert.ok(Math.abs(share - 100 / box.width) < 0.04, `moved by ${share} of the view`);
  await close();
});

check('on a narrow screen names stand above their tracks, whole', async () => {
  const {page, close} = await open('resnet', {}, {width: 390, height: 844});
  const names = await page.locator('[data-track] .clip, [data-track] .cut').evaluateAll((nodes) => nodes.map((node) => [node.textContent, node.scrollWidth - node.clientWidth]));
  assert.ok(names.some(([text]) => /^thread \d+/.test(text)), JSON.stringify(names));
  for (const [text, hidden] of names) assert.ok(hidden <= 1, `${text} is cut by ${hidden} px`);
  const picture = await page.locator('.timeline-picture').boundingBox();
  assert.equal(Math.round(picture.width), 390);
  // Ten pixels below a thread's name its first slices are hit.
  const label = await page.locator('[data-track^="t"]').filter({hasText: 'thread'}).first().boundingBox();
  await page.mouse.move(200, label.y + label.height + 8);
  assert.match(await page.locator('.tip').innerText(), /ProfilerStep/);
  await close();
});

check('at 150 % every canvas has the pixels of the screen', async () => {
  const {page, close} = await open('resnet', {}, {width: 960, height: 600, deviceScaleFactor: 1.5});
  const sizes = await page.evaluate(() => [...document.querySelectorAll('.timeline canvas')].map((node) => [node.width / node.clientWidth, node.height / node.clientHeight]));
  assert.equal(sizes.length, 4);
  for (const [x, y] of sizes) assert.ok(Math.abs(x - 1.5) < 0.02 && Math.abs(y - 1.5) < 0.05, `${x} × ${y}`);
  await close();
});

check('with forced colours the picture is in the colours of the system, and what it shows stays apart', async () => {
  for (const dark of [false, true]) {
    const {page, close} = await open('resnet', {}, {forcedColors: 'active', dark});
    const {commonest, system, pixels} = await page.locator('.timeline-picture > canvas').evaluate((node) => {
      const dot = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d', {willReadFrequently: true});
      const resolve = (name) => {
        const probe = document.body.appendChild(Object.assign(document.createElement('i'), {style: `forced-color-adjust: none; color: ${name}`}));
        dot.fillStyle = getComputedStyle(probe).color;
        probe.remove();
        dot.fillRect(0, 0, 1, 1);
        return dot.getImageData(0, 0, 1, 1).data.slice(0, 3).join();
      };
      const system = Object.fromEntries(['Canvas', 'LinkText', 'CanvasText'].map((name) => [name, resolve(name)]));
      const {data} = node.getContext('2d').getImageData(0, 0, node.width, node.height);
      const pixels = {};
      for (let i = 0; i < data.length; i += 4) pixels[data.slice(i, i + 3).join()] = (pixels[data.slice(i, i + 3).join()] ?? 0) + 1;
      return {system, pixels, commonest: Object.entries(pixels).sort((a, b) => b[1] - a[1])[0][0]};
    });
    assert.equal(commonest, system.Canvas);
    assert.ok(pixels[system.LinkText] > 200, `kernels take ${pixels[system.LinkText]} pixels`);
    assert.ok(Object.keys(pixels).length > 12, `the picture has ${Object.keys(pixels).length} colours`);
    await close();
  }
});

check('a picture that cannot be read says so, and claims nothing', async () => {
  const opened = await openUrl(url('#/timeline?capture=none'), {expected: ['500', '404']});
  const {page} = opened;
  await page.route('**/plugin/timeline/window*', (route) => route.fulfill({status: 500, contentType: 'application/json', body: '{"error": "resnet.json has changed."}'}));
  await page.goto(address(ids.resnet));
  await page.getByText('resnet.json has changed.').waitFor();
  assert.deepEqual((await page.locator('.timeline-label .busy[data-busy]').allInnerTexts()).filter((text) => text !== ''), []);
  await page.unroute('**/plugin/timeline/window*');
  await page.locator('.timeline-notice .banner').waitFor({state: 'detached', timeout: 20000});
  await opened.close();
});

check('with keys alone every control is reached, and the focus is seen', async () => {
  const {page, close} = await open('resnet');
  const wanted = new Set(await page.evaluate(() => [...document.querySelectorAll('.panel button:not(:disabled), .panel input, .panel [role=slider], .panel [role=application]')]
    .map((node, i) => (node.dataset.probe = String(i)))));
  await page.locator('main').focus();
  for (let i = 0; i < wanted.size + 20 && wanted.size > 0; i++) {
    await page.keyboard.press('Tab');
    const seen = await page.evaluate(() => {
      const node = document.activeElement;
      const ring = node.matches('input') ? getComputedStyle(node.closest('.field')).boxShadow !== 'none' : getComputedStyle(node).outlineStyle === 'solid';
      return {probe: node.dataset.probe, ring, what: node.outerHTML.slice(0, 120)};
    });
    if (seen.probe === undefined) continue;
    assert.ok(seen.ring, `no focus ring: ${seen.what}`);
    wanted.delete(seen.probe);
  }
  assert.equal(wanted.size, 0, `${wanted.size} controls are not reached`);
  await close();
});

check('/ finds slices by name: Enter goes on, Shift and Enter back', async () => {
  const {page, close} = await open('resnet');
  await page.keyboard.press('/');
  await page.locator('.timeline-search input:focus').waitFor();
  await page.keyboard.type('CONV2d');
  await page.waitForFunction(() => /^\d/.test(document.querySelector('.timeline-search .found').textContent));
  const {body: first} = await json('search', {capture: ids.resnet, text: 'conv2d', from_ns: 0});
  assert.ok(first.count > 2);
  await page.keyboard.press('Enter');
  await page.waitForFunction((id) => location.hash.includes(`slice%3A${id}`), first.slice.id);
  assert.match((await page.locator('.timeline-search .found').innerText()).replaceAll(/\s/g, ''), new RegExp(`^1of${first.count}$`));
  const {body: second} = await json('search', {capture: ids.resnet, text: 'conv2d', from_ns: first.slice.start_ns, from_id: first.slice.id});
  await page.keyboard.press('Enter');
  await page.waitForFunction((id) => location.hash.includes(`slice%3A${id}`), second.slice.id);
  await page.keyboard.press('Shift+Enter');
  await page.waitForFunction((id) => location.hash.includes(`slice%3A${id}`), first.slice.id);
  await page.locator('.timeline-search input').fill('no such slice');
  await page.getByText('None has this').waitFor();
  await close();
});

check('the ruler names as many steps as fit', async () => {
  const {page, close} = await open('steps');
  // Ink of the numbers, counted in runs of columns that lie apart.
  const runs = await page.locator('.timeline-strip.ruler canvas').evaluate((node) => {
    const {data, width} = node.getContext('2d').getImageData(0, 5, node.width, 11);
    let found = 0;
    let blank = 99;
    for (let x = 0; x < width; x++) {
      let dark = false;
      for (let y = 0; y < 11; y++) {
        const at = (y * width + x) * 4;
        dark ||= data[at + 3] > 128 && data[at] + data[at + 1] + data[at + 2] < 250;
      }
      if (dark && blank > 5) found++;
      blank = dark ? 0 : blank + 1;
    }
    return found;
  });
  assert.ok(runs >= 14, `${runs} numbers on 70 steps`);
  await close();
});

check('a long name is cut to a few lines and can be had as a whole', async () => {
  const {page, close} = await open('steps', {}, {permissions: ['clipboard-read', 'clipboard-write']});
  const label = await page.locator('[data-track^="t"]').first().boundingBox();
  const picture = await page.locator('.timeline-picture').boundingBox();
  await page.mouse.move(picture.x + picture.width / 4, label.y + 8);
  await page.locator('.tip').waitFor();
  assert.ok((await page.locator('.tip').boundingBox()).height < 110, 'the tooltip stays small');
  await page.mouse.click(picture.x + picture.width / 4, label.y + 8);
  const head = page.locator('.inspector h2').first();
  await head.waitFor();
  assert.ok((await head.boundingBox()).height < 90, 'the title stays small');
  await page.getByRole('button', {name: 'Copy it'}).click();
  await page.getByText('Copied').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), LONG_NAME);
  await page.getByRole('button', {name: 'Show the whole name'}).click();
  assert.ok((await head.boundingBox()).height > 200, 'all of it shows');
  await close();
});
