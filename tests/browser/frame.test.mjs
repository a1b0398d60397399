// The frame: list, address, keys, theme, what it says without data or connection.
import assert from 'node:assert/strict';
import {after, afterEach, before, beforeEach, test} from 'node:test';
import {makeCapture, makeReport} from './made_data.mjs';
import {bundlePage, madeCaptures, removeFolder, startMadeServer} from './made_server.mjs';
import {assertNoSideways, launch, openPage} from './open_page.mjs';

let folder, browser, server, opened;
before(async () => {
  folder = bundlePage();
  browser = await launch();
});
after(async () => {
  await browser.close();
  removeFolder(folder);
});
beforeEach(async () => {
  server = await startMadeServer(folder, '/behind/a/prefix/');
  opened = [];
});
afterEach(async () => {
  const all = opened;
  for (const one of all) await one.close();
  await server.stop();
});

async function open(hash = '', options = {}) {
  const one = await openPage(browser, server.url + hash, options);
  opened.push(one);
  return one.page;
}
const finding = (page) => page.locator('.finding');

test('shows the newest capture when the address names none, and writes it there', async () => {
  const page = await open();
  await finding(page).waitFor();
  assert.match(page.url(), /#\/overview\?capture=whole$/);
  assert.equal(await page.title(), 'Overview · cnn/baseline · tbprof');
  assert.deepEqual(await page.locator('.capture .clip:first-child').allTextContents().then((all) => all.slice(0, 1)), ['cnn/baseline']);
  assert.equal(await page.locator('.capture').count(), 3);
  assert.equal(await page.locator('.capture .word.live').innerText(), 'recording');
  assert.equal(await page.locator('.capture .word.cut').innerText(), 'cut');
  const lines = (await page.locator('.capture .about').allTextContents()).map((text) => text.replaceAll(/\s/g, ' '));
  assert.match(lines[0], /^21 Nov 2025 · 60 steps · 2\.28 s$/);
  assert.match(await page.locator('.capture').first().getAttribute('title'), /^whole\.tbtrace\n412\skB\nbegun 21 Nov 2025 \d\d:\d\d:\d\d\n312\sevents lost$/);
  assert.equal(lines.filter((line) => / kB$/.test(line)).length, 2);
});

test('the title that the user gave is the title', async () => {
  server.environment.window_title = 'Nightly runs';
  const page = await open();
  await finding(page).waitFor();
  await page.waitForFunction(() => document.title === 'Nightly runs');
});

test('a link to a capture and page opens there; back and forward go through what was chosen', async () => {
  const page = await open('#/ranges?capture=killed');
  await page.locator('.panel-ranges .finding').waitFor();
  assert.equal(await page.locator('.tab[aria-current]').innerText(), 'Ranges');
  await page.getByRole('option', {name: /cnn\/live/}).click();
  await page.waitForURL(/capture=growing/);
  await page.getByRole('link', {name: 'Overview'}).click();
  await page.locator('.panel-overview .finding').waitFor();
  await page.goBack();
  await page.locator('.panel-ranges .finding').waitFor();
  assert.match(page.url(), /#\/ranges\?capture=growing/);
  await page.goBack();
  await page.waitForURL(/capture=killed/);
  await page.goForward();
  await page.waitForURL(/capture=growing/);
  await page.reload();
  await page.locator('.panel-ranges .finding').waitFor();
  assert.equal(await page.locator('.capture[aria-selected="true"] .clip').first().innerText(), 'cnn/live');
});

test('a page comes back as it was left', async () => {
  const page = await open('#/ranges?capture=whole&mode=flat&q=conv');
  await page.locator('.panel-ranges table').waitFor();
  await page.getByRole('link', {name: 'Overview'}).click();
  await page.locator('.panel-overview .finding').waitFor();
  assert.doesNotMatch(page.url(), /q=conv/);
  await page.getByRole('link', {name: 'Ranges'}).click();
  await page.waitForURL(/q=conv/);
});

test('a new capture appears by itself, by push and without one', async () => {
  const page = await open();
  await finding(page).waitFor();
  server.reports.fresh = makeReport();
  server.setCaptures([makeCapture('fresh', {run: 'cnn/fresh', start_unix_ms: 1763729900000}), ...madeCaptures()]);
  server.push({topic: 'core/captures', version: '3'});
  await page.getByRole('option', {name: /cnn\/fresh/}).waitFor({timeout: 2000});
  assert.match(page.url(), /capture=whole/, 'the place stays');
  for (const socket of server.sockets) socket.destroy();
  server.setCaptures([makeCapture('later', {run: 'cnn/later'}), ...madeCaptures()]);
  await page.getByRole('option', {name: /cnn\/later/}).waitFor({timeout: 8000});
});

test('a growing capture is read again when its version changes', async () => {
  const page = await open('#/overview?capture=growing');
  await page.locator('[data-figure="Steps"] dd').first().waitFor();
  const before = await page.locator('[data-figure="Steps"] dd').first().innerText();
  const report = makeReport({state: 'live'});
  server.reports.growing = {...report, steps: {...report.steps, count: 77}};
  server.setCaptures(madeCaptures().map((one) => (one.id === 'growing' ? {...one, version: 'growing-2'} : one)));
  server.push({topic: 'core/captures', version: '9'});
  await page.waitForFunction(() => document.querySelector('[data-figure="Steps"] dd').textContent === '77');
  assert.equal(before, '60');
});

test('a cut recording says so above every page, losses above the overview', async () => {
  const page = await open('#/overview?capture=killed');
  await finding(page).waitFor();
  assert.match(await page.locator('.banner').innerText(), /This recording was cut\. The program ended at 2 412\.7 ms/);
  await page.getByRole('link', {name: 'Ranges'}).click();
  await page.locator('.panel-ranges .finding').waitFor();
  assert.equal(await page.locator('.banner').count(), 1);
  await page.getByRole('option', {name: /cnn\/baseline/}).click();
  await page.getByRole('link', {name: 'Overview'}).click();
  await page.getByText('312 events were not recorded because the buffer of the thread was full, between 400.0').waitFor();
  assert.doesNotMatch(await page.locator('.banners').innerText(), /This recording was cut/);
});

test('an empty log directory says which command fills it', async () => {
  server.setCaptures([]);
  server.environment.data_location = "/data/my runs";
  const page = await open();
  await page.getByText('No captures in').waitFor();
  assert.equal(await page.locator('.state pre').innerText(), "tbprof run --logdir '/data/my runs' -- python train.py");
  server.setCaptures(madeCaptures());
  server.push({topic: 'core/captures', version: '2'});
  await finding(page).waitFor();
});

test('what is not there is named: a capture, a page', async () => {
  const page = await open('#/overview?capture=gone');
  await page.getByText('This capture is not here').waitFor();
  await page.getByRole('button', {name: 'Show the newest capture'}).click();
  await finding(page).waitFor();
  const other = await open('#/nowhere?capture=whole');
  await other.getByText('There is no such page').waitFor();
});

test('without the token the page says how to get the address again', async () => {
  server.isLocked = true;
  const page = await open('', {expected: ['401', 'WebSocket']});
  await page.getByText('This browser has not signed in').waitFor();
  assert.match(await page.locator('.state').innerText(), /tbprof serve/);
});

test('an error of the server is shown, and asked again on wish', async () => {
  const answer = server.answers.get('overview/report');
  server.answers.set('overview/report', () => ({error: 'whole.tbtrace ends in the middle of a record, at byte 4128.'}));
  const page = await open('', {expected: ['500']});
  await page.getByText('at byte 4128').waitFor();
  server.answers.set('overview/report', answer);
  await page.getByRole('button', {name: 'Try again'}).click();
  await finding(page).waitFor();
});

test('a silent server: the picture stays, a banner counts down, and all comes back', async () => {
  const page = await open('', {expected: ['ERR_CONNECTION', 'WebSocket', 'ERR_EMPTY']});
  await finding(page).waitFor();
  const {port} = server;
  await server.stop();
  await page.getByText('The server does not answer.').waitFor({timeout: 5000});
  assert.ok(await finding(page).isVisible());
  assert.match(await page.locator('.notice').innerText(), /Showing what came until \d\d:\d\d:\d\d/);
  server = await startMadeServer(folder, '/behind/a/prefix/');
  await server.stop();
  server.http.removeAllListeners('listening');
  server = await restartOn(port);
  await page.getByRole('button', {name: 'Try now'}).click();
  await page.locator('.notice .banner').waitFor({state: 'detached', timeout: 8000});
  await page.locator('.connection.open').waitFor({timeout: 20000});
});

async function restartOn(port) {
  const made = await startMadeServer(folder, '/behind/a/prefix/');
  await made.stop();
  const again = Object.assign(new made.constructor(folder, '/behind/a/prefix/'), {
    catalogue: made.catalogue, answers: made.answers, reports: made.reports, table: made.table,
  });
  return again.start(port);
}

test('keys: theme, list, filter, pages, help, Escape', async () => {
  const page = await open();
  await finding(page).waitFor();
  await page.keyboard.press('t');
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), 'dark');
  await page.keyboard.press('t');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme ?? 'system'), 'system');
  await page.keyboard.press('[');
  await page.locator('.rail:not(.rail-when-inspecting)').waitFor();
  await page.keyboard.press('r');
  await page.locator('.capture-filter:focus').waitFor();
  await page.keyboard.type('killed');
  assert.equal(await page.locator('.capture').count(), 1);
  await page.keyboard.press('Enter');
  await page.waitForURL(/capture=killed/);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.capture').count(), 3);
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.locator('.panel-ranges .finding').waitFor();
  await page.keyboard.press('/');
  await page.locator('[data-search]:focus').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  assert.ok(await page.locator('dialog.keys').isVisible());
  await page.keyboard.press('Escape');
  assert.ok(!(await page.locator('dialog.keys').isVisible()));
});

test('the list is walked with the keys', async () => {
  const page = await open();
  await finding(page).waitFor();
  await page.locator('.capture[aria-selected="true"]').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(/capture=growing/);
});

test('a filter that hides all says so', async () => {
  const page = await open();
  await page.locator('.capture-filter').fill('lr-7');
  await page.getByText('No capture matches.').waitFor();
  await page.getByRole('button', {name: 'Clear the filter'}).click();
  assert.equal(await page.locator('.capture').count(), 3);
});

for (const width of [360, 390, 768, 1024, 1440, 2560]) {
  test(`nothing scrolls sideways at ${width} px`, async () => {
    const page = await open('#/overview?capture=whole&sel=step%3A17', {width, height: 844});
    await page.locator('.inspector').waitFor();
    await assertNoSideways(page);
    await page.getByRole('link', {name: 'Ranges'}).click();
    await page.locator('.panel-ranges table').waitFor();
    await assertNoSideways(page);
    if (width < 1024) {
      await page.getByRole('button', {name: 'Show the list'}).click();
      await page.getByRole('option', {name: /cnn\/killed/}).click();
      await page.waitForURL(/capture=killed/);
      assert.equal(await page.locator('.list').count(), 0, 'the drawer closes');
    }
  });
}

test('of a foreign file that is not known to be cut the bar says nothing', async () => {
  server.setCaptures(server.catalogue.captures.map((one) => (one.id === 'whole' ? {...one, format: 'torch.profiler JSON'} : one)));
  const page = await open('#/overview?capture=whole');
  await finding(page).waitFor();
  assert.equal(await page.locator('.capture-state').count(), 0);
});
