// What stands in a page's place while the server reads a capture.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, afterEach, before, beforeEach, test} from 'node:test';
import {bundlePage, madeCaptures, removeFolder, startMadeServer} from './made_server.mjs';
import {assertNoSideways, launch, openPage} from './open_page.mjs';

const OUT = process.env.TBPROF_SCREENSHOTS;
const NO_PREVIEW = 'the server responded with a status of 500';

let folder, browser, server, progress, release;
before(async () => {
  folder = bundlePage();
  browser = await launch();
});
after(async () => {
  await browser.close();
  removeFolder(folder);
});
beforeEach(async () => {
  server = await startMadeServer(folder);
  server.setCaptures(madeCaptures().map((capture) => ({...capture, size_bytes: 2_100_000_000})));
  progress = {loading: true, phase: 'reading', read_bytes: 812_000_000, size_bytes: 2_100_000_000};
  const loaded = new Promise((resolve) => (release = resolve));
  for (const route of ['overview/report', 'ranges/table', 'ranges/tree']) {
    const answer = server.answers.get(route);
    server.answers.set(route, async (params) => {
      await loaded;
      return answer(params);
    });
  }
  server.answers.set('capture/whole/loading', () => progress);
});
afterEach(async () => {
  release();
  await server.stop();
});

async function saveShot(page, name) {
  if (!OUT) return;
  fs.mkdirSync(OUT, {recursive: true});
  await page.screenshot({path: path.join(OUT, `${name}.png`)});
}

const plain = (text) => text.replaceAll(/\s/g, ' ');

// Dark pixels of a canvas: something was drawn.
function inkOf(locator) {
  return locator.evaluate((canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.reduce((sum, value, i) => sum + (i % 4 === 3 && value > 0 ? 1 : 0), 0));
}

for (const [width, dark] of [[1440, false], [1440, true], [390, false]]) {
  test(`the index draws a picture while the file is read, at ${width} px${dark ? ', dark' : ''}`, async () => {
    const {page, close} = await openPage(browser, `${server.url}#/overview?capture=whole`, {width, dark});
    const loading = page.locator('.loading-page');
    await loading.locator('.step-chart canvas').waitFor();
    assert.match(plain(await loading.locator('h1').innerText()), /^Reading: 812 MB of 2\.10 GB/);
    assert.equal(await loading.locator('progress').evaluate((bar) => bar.value / bar.max), 812 / 2100);
    assert.equal(plain(await loading.locator('[data-figure="Median step"] dd').first().innerText()), '4.30 ms');
    assert.equal(plain(await loading.locator('[data-figure="Recorded"] dd').first().innerText()), '60.0 M');
    assert.equal(await loading.locator('.track-bands li').count(), 3);
    assert.ok(await inkOf(loading.locator('.step-chart canvas')) > 5000);
    assert.ok(await inkOf(loading.locator('.track-bands canvas')) > 3000);
    await assertNoSideways(page);
    await saveShot(page, `loading_${width}_${dark ? 'dark' : 'light'}`);
    progress = {...progress, phase: 'sorting'};
    await loading.getByText(/putting the slices in order/).waitFor();
    // The page comes by itself.
    release();
    await page.locator('.panel-overview .finding').waitFor();
    assert.equal(await page.locator('.loading-page').count(), 0);
    await page.locator('.panel-overview .step-chart canvas').waitFor();
    assert.ok(await inkOf(page.locator('.panel-overview .step-chart canvas')) > 1000);
    await close();
  });
}

test('what waits for its turn, is unpacked or answered says so', async () => {
  progress = {loading: true, phase: 'waiting', read_bytes: 0, size_bytes: 2_100_000_000};
  const {page, close} = await openPage(browser, `${server.url}#/ranges?capture=whole`);
  await page.getByText(/Waiting for its turn to be read/).waitFor();
  progress = {...progress, phase: 'unpacking'};
  await page.getByText(/Unpacking/).waitFor();
  progress = {loading: false};
  await page.getByText(/making this page/).waitFor();
  release();
  await page.locator('.panel-ranges .finding').waitFor();
  await close();
});

test('a capture without an index shows how far it is', async () => {
  server.answers.set('capture/killed/loading', () => progress);
  const {page, close} = await openPage(browser, `${server.url}#/overview?capture=killed`);
  await page.locator('.loading-page progress').waitFor();
  assert.equal(await page.locator('.loading-page .skeleton').count(), 3);
  await saveShot(page, 'loading_no_index');
  release();
  await page.locator('.panel-overview .finding').waitFor();
  await close();
});

test('an index that cannot be read leaves the progress', async () => {
  server.answers.set('capture/whole/preview', () => ({error: 'The index is damaged.'}));
  const {page, close} = await openPage(browser, `${server.url}#/overview?capture=whole`, {expected: [NO_PREVIEW]});
  await page.locator('.loading-page progress').waitFor();
  release();
  await page.locator('.panel-overview .finding').waitFor();
  await close();
});

test('going to another capture withdraws the question about the first', async () => {
  const {page, close} = await openPage(browser, `${server.url}#/overview?capture=whole`);
  await page.locator('.loading-page progress').waitFor();
  const withdrawn = page.waitForEvent('requestfailed', (request) => request.url().includes('overview/report?capture=whole'));
  await page.getByRole('option', {name: /cnn\/live/}).click();
  await withdrawn;
  release();
  await page.locator('.panel-overview .finding').waitFor();
  assert.match(page.url(), /capture=growing/);
  // And back again it is asked anew.
  await page.goBack();
  await page.waitForURL(/capture=whole/);
  await page.locator('.panel-overview .finding').waitFor();
  await close();
});
