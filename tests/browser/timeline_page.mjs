// Opens the timeline of a capture on a real server, for its browser tests and its benchmark.
import fs from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {launch, openPage} from './open_page.mjs';
import {captures, findBinary, makeLogdir, serve, TRACES} from './real_server.mjs';

export const QWEN = path.join(TRACES, 'h100/Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz');
export const RESNET = path.join(TRACES, 'kineto_2021/num_workers_0/worker0.1623143089861.pt.trace.json.gz');

/**
 * A server and a browser for the tests of one file, over some traces by name and what else `addTo` writes into the log
 * directory. The tests are skipped where a trace or the program is missing; `ids` are there once they run.
 */
export function timelineOf(traces, addTo = () => {}) {
  const missing = !findBinary() ? 'tbprof is not built' : Object.values(traces).every((file) => fs.existsSync(file)) ? false : '../shared/data is missing';
  const ids = {};
  let server;
  let browser;
  before(async () => {
    if (missing) return;
    const logdir = makeLogdir(traces);
    addTo(logdir);
    server = await serve(logdir);
    browser = await launch();
    Object.assign(ids, await captures(server));
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  return {
    ids,
    check: (name, act) => test(name, {skip: missing}, act),
    json: (route, params) => json(server, route, params),
    address: (capture, params) => address(server, capture, params),
    url: (rest) => `${server.url}/${rest}`,
    openUrl: (url, options) => openPage(browser, url, options),
    async open(run, params = {}, options = {}) {
      const opened = await openPage(browser, address(server, ids[run], params), options);
      await timelineReady(opened.page);
      return opened;
    },
  };
}

export async function json(server, route, params) {
  const response = await fetch(`${server.url}/data/plugin/timeline/${route}?${new URLSearchParams(params)}`);
  return {status: response.status, body: await response.json()};
}

export function address(server, capture, params = {}) {
  return `${server.url}/#/timeline?${new URLSearchParams({capture, ...params})}`;
}

/** Waits until the tracks are there and nothing more is being fetched. */
export async function timelineReady(page) {
  await page.waitForSelector('.timeline-labels [data-track]', {timeout: 30000});
  await settled(page);
}

export async function settled(page, quiet_ms = 350) {
  let last = -1;
  for (;;) {
    const now = await page.evaluate(() => performance.getEntriesByType('resource').length);
    if (now === last) return;
    last = now;
    await page.waitForTimeout(quiet_ms);
  }
}
