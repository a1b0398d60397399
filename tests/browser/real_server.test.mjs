// The page on `tbprof serve` with real traces, and on a program that is being recorded.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {assertNoSideways, launch, openPage} from './open_page.mjs';
import {captures, findBinary, makeLogdir, serve, TRACES} from './real_server.mjs';

const QWEN = path.join(TRACES, 'h100/Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz');
const RESNET = path.join(TRACES, 'kineto_2021/num_workers_0/worker0.1623143089861.pt.trace.json.gz');
const TRAIN = process.env.TBPROF_TRAIN;
const noBinary = findBinary() ? false : 'tbprof is not built';
const noTraces = noBinary || (fs.existsSync(QWEN) && fs.existsSync(RESNET) ? false : '../shared/data is missing');
const noProgram = noBinary || (TRAIN && fs.existsSync(TRAIN) ? false : 'TBPROF_TRAIN names no program to record');
const THIN = /[\u202f\u00a0]/g;

let browser, server, ids;
before(async () => {
  if (noBinary) return;
  browser = await launch();
  if (noTraces) return;
  server = await serve(makeLogdir({qwen: QWEN, resnet: RESNET}));
  ids = await captures(server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function data(route, params) {
  const response = await fetch(`${server.url}/data/plugin/${route}?${new URLSearchParams(params)}`);
  assert.equal(response.status, 200, route);
  return response.json();
}

async function withPage(hash, act, at = server.url, options = {}) {
  const {page, close} = await openPage(browser, `${at}/${hash}`, options);
  await act(page);
  await close();
}
const figure = async (page, name) => (await page.locator(`[data-figure="${name}"] dd`).first().innerText()).replace(THIN, ' ');

for (const run of ['qwen', 'resnet']) {
  test(`the overview of ${run} shows the figures of its report`, {skip: noTraces}, async () => {
    const report = await data('overview/report', {capture: ids[run]});
    await withPage(`#/overview?capture=${encodeURIComponent(ids[run])}`, async (page) => {
      await page.locator('.panel-overview .finding').waitFor({timeout: 30000});
      assert.ok((await page.locator('.finding').innerText()).startsWith(report.headline.finding));
      assert.ok((await figure(page, 'Median step')).startsWith((report.steps.median_ns / 1e6).toFixed(1)));
      assert.equal(await figure(page, 'Steps'), String(report.steps.count));
      const [device] = report.devices;
      const name = report.devices.length === 1 ? 'GPU idle' : 'GPUs idle';
      const idle = report.devices.reduce((sum, one) => sum + one.idle_ns, 0) / report.devices.reduce((sum, one) => sum + one.span_ns, 0);
      assert.equal(await figure(page, name), `${(idle * 100).toFixed(1)} %`);
      assert.match(await page.locator('.device-bar').first().getAttribute('aria-label'), new RegExp(`^${device.name}: computation`));
      assert.equal(await page.locator('.slow li').count(), Math.min(8, report.steps.slow.length));
      // Hatched is what no device worked on, and nothing else.
      const fills = await page.locator('.part-bar [data-part]').evaluateAll((nodes) => nodes.map((node) => [node.dataset.part, node.querySelector('rect').getAttribute('fill')]));
      assert.ok(fills.length > 3);
      for (const [part, fill] of fills) {
        assert.equal(fill.startsWith('url(#'), !['kernel', 'memcpy', 'memset', 'communication'].includes(part), `${part}: ${fill}`);
        if (fill.startsWith('url(#')) assert.equal(await page.locator(`pattern${fill.slice(4, -1)}`).count(), 1);
      }
    });
  });

  test(`the ranges of ${run} are those of the route, and its tree unfolds to any depth`, {skip: noTraces}, async () => {
    const capture = ids[run];
    const table = await data('ranges/table', {capture, limit: 20000});
    await withPage(`#/ranges?capture=${encodeURIComponent(capture)}&mode=flat&sort=-total`, async (page) => {
      await page.locator('.panel-ranges tbody tr').first().waitFor({timeout: 30000});
      const shown = await page.locator('.panel-ranges tbody code').first().getAttribute('title');
      assert.equal(shown, table.rows[0].name);
      const counts = await page.locator('.panel-ranges tbody tr').first().locator('td').allInnerTexts();
      assert.ok(counts.some((text) => text.replace(THIN, '') === String(table.rows[0].count)), counts.join('|'));
    });
    const keys = [];
    let node = (await data('ranges/tree', {capture, depth: 8, limit: 5})).tree;
    while (node.children?.length) {
      node = node.children[0];
      keys.push(node.key);
    }
    const sel = encodeURIComponent(`path:${JSON.stringify(keys)}`);
    await withPage(`#/ranges?capture=${encodeURIComponent(capture)}&sel=${sel}`, async (page) => {
      const row = page.locator('.panel-ranges tr[aria-selected="true"]');
      await row.waitFor({timeout: 30000});
      assert.equal(await row.getAttribute('aria-level'), String(keys.length));
      await page.locator('.inspector h2').waitFor();
      assert.equal((await page.locator('.inspector h2').innerText()).trim(), node.name.trim());
    });
  });
}

test('the printed address signs the browser in, once', {skip: noTraces}, async () => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'tbprof_home_'));
  const child = spawn(findBinary(), ['serve', '--logdir', server.logdir, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'], env: {...process.env, HOME: home, XDG_STATE_HOME: home},
  });
  const printed = await new Promise((resolve) => {
    let text = '';
    child.stdout.on('data', (part) => {
      text += part;
      const found = /http:\/\/\S+/.exec(text);
      if (found) resolve(new URL(found[0]));
    });
  });
  assert.match(printed.search, /token=/);
  const {page, close} = await openPage(browser, `${printed.href}#/ranges`);
  await page.locator('.panel-ranges .finding').waitFor({timeout: 30000});
  assert.doesNotMatch(page.url(), /token/, 'the token does not stay in the address');
  await page.goto(`${printed.origin}/#/overview`);
  await page.reload();
  await page.locator('.panel-overview .finding').waitFor({timeout: 30000});
  await page.context().clearCookies();
  await page.evaluate(() => fetch('./data/captures').then((response) => response.status)).then((status) => assert.equal(status, 401));
  await page.context().close();
  await close().catch(() => undefined); // the refusal above is a console error that was meant
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
  fs.rmSync(home, {recursive: true, force: true});
});

test('a program that is recorded appears, grows and ends while the page is open', {skip: noProgram}, async () => {
  const logdir = fs.mkdtempSync(path.join(os.tmpdir(), 'tbprof_live_'));
  const own = await serve(logdir);
  const {page, close} = await openPage(browser, `${own.url}/`);
  await page.getByText('No captures in').waitFor();
  assert.match(await page.locator('.state pre').innerText(), new RegExp(logdir));
  const program = spawn(findBinary(), ['run', '--quiet', '--logdir', logdir, '--name', 'live run', '--', TRAIN, '--steps', '400', '--device', 'cpu', '--evaluate-every', '0'], {stdio: 'ignore'});
  await page.getByRole('option', {name: /live run/}).waitFor({timeout: 20000});
  await page.locator('.capture .word.live').waitFor();
  const steps = () => page.locator('[data-figure="Steps"] dd').first().innerText().then((text) => Number(text.replace(THIN, '')));
  await page.locator('[data-figure="Steps"]').waitFor({timeout: 20000});
  const early = await steps();
  await page.waitForFunction((before) => Number(document.querySelector('[data-figure="Steps"] dd').textContent.replace(/\D/g, '')) > before, early, {timeout: 20000});
  program.kill('SIGKILL');
  const children = fs.readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isOurs(pid, logdir));
  for (const pid of children) process.kill(Number(pid), 'SIGKILL');
  await page.getByText('This recording was cut.').waitFor({timeout: 20000});
  await page.locator('.capture .word.cut').waitFor();
  assert.ok((await steps()) > early);
  await assertNoSideways(page);
  await close();
  await own.stop();
});

test('ranges follow a program that is recorded, without losing what is open and selected, to its end', {skip: noProgram}, async () => {
  const logdir = fs.mkdtempSync(path.join(os.tmpdir(), 'tbprof_live_'));
  const own = await serve(logdir);
  const program = spawn(findBinary(), ['run', '--quiet', '--logdir', logdir, '--name', 'growing', '--', TRAIN, '--steps', '150', '--device', 'cpu', '--evaluate-every', '0'], {stdio: 'ignore'});
  const {page, close} = await openPage(browser, `${own.url}/#/ranges`);
  const forward = page.locator('.panel-ranges tbody tr').filter({has: page.locator('code', {hasText: /^forward$/})}).first();
  await forward.waitFor({timeout: 30000});
  await forward.click();
  await page.locator('.inspector h2').waitFor();
  const calls = () => page.locator('.inspector [data-figure="Calls"] dd').first().innerText().then((text) => Number(text.replace(THIN, '')));
  const early = await calls();
  await page.evaluate(() => {
    window.faults = [];
    new MutationObserver(() => {
      if (!document.querySelector('.panel-ranges tr[aria-selected="true"]')) window.faults.push('nothing is selected');
      if (document.querySelector('.panel-ranges .skeleton')) window.faults.push('a skeleton');
    }).observe(document.body, {subtree: true, childList: true});
  });
  await page.waitForFunction((before) => Number(document.querySelector('.inspector [data-figure="Calls"] dd').textContent.replace(/\D/g, '')) > before, early, {timeout: 20000});
  await new Promise((resolve) => (program.exitCode === null ? program.once('exit', resolve) : resolve()));
  await page.locator('.capture-state.finished').waitFor({timeout: 20000});
  assert.ok((await calls()) > early);
  assert.deepEqual(await page.evaluate(() => window.faults), []);
  await close();
  await own.stop();
});

// The recorded program carries the log directory in its environment.
function isOurs(pid, logdir) {
  try {
    return fs.readFileSync(`/proc/${pid}/environ`, 'utf8').includes(logdir);
  } catch {
    return false;
  }
}
