// How soon a large recording is on the page, in Chromium with the real server, which starts anew for
// each look: until its own index is shown, and until the page itself is.
//   node tests/bench/first_picture.mjs TRACE
// TRACE: a finished .tbtrace, for example of 10 M ranges.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {launch} from '../browser/open_page.mjs';
import {captures, serve} from '../browser/real_server.mjs';

const LOOKS = 3;
const file = process.argv[2];
if (!file || !fs.existsSync(file)) {
  console.error('Say which trace: node tests/bench/first_picture.mjs TRACE');
  process.exit(1);
}

function linkOrCopy(from, to) {
  try {
    fs.linkSync(from, to);
  } catch {
    fs.copyFileSync(from, to);
  }
}

const PAGES = {overview: '.panel-overview .finding', timeline: '.timeline-labels [data-track]', ranges: '.panel-ranges .finding'};
const browser = await launch();
const median = (list) => list.sort((one, other) => one - other)[list.length >> 1];
for (const [name, drawn] of Object.entries(PAGES)) {
  const index_ms = [];
  const page_ms = [];
  for (let look = 0; look < LOOKS; look++) {
    const logdir = fs.mkdtempSync(path.join(os.tmpdir(), 'tbprof_first_'));
    fs.mkdirSync(path.join(logdir, 'big'));
    linkOrCopy(file, path.join(logdir, 'big', path.basename(file)));
    const server = await serve(logdir);
    const {big} = await captures(server);
    const page = await browser.newPage({viewport: {width: 1440, height: 900}});
    page.setDefaultTimeout(600000);
    const start = performance.now();
    const ms = () => Math.round(performance.now() - start);
    await page.goto(`${server.url}/#/${name}?capture=${big}`);
    await page.locator(`.loading-page .track-bands canvas, ${drawn}`).first().waitFor();
    index_ms.push(ms());
    await page.locator(drawn).first().waitFor();
    page_ms.push(ms());
    await page.close();
    await server.stop();
  }
  console.log(`${name.padEnd(9)} index ${String(median(index_ms)).padStart(6)} ms   page ${String(median(page_ms)).padStart(6)} ms`);
}
await browser.close();
