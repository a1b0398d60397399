// Chromium, and pages in which a script error, a console error or a refusal by the content policy
// fails the test.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {chromium} from 'playwright-core';

const FLAGS = [
  '--no-sandbox', '--disable-accelerated-2d-canvas', '--disable-gpu-rasterization', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-default-apps', '--no-first-run', '--force-color-profile=srgb',
];

export function launch() {
  return chromium.launch({executablePath: process.env.TBPROF_CHROMIUM ?? findChromium(), args: FLAGS});
}

function findChromium() {
  for (const name of ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser']) {
    const found = (process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, name)).find((file) => fs.existsSync(file));
    if (found && !isSnapStub(found)) return found;
  }
  throw new Error('There is no Chromium: name one in TBPROF_CHROMIUM.');
}

// Ubuntu's package of this name only sends one to a snap, which a container cannot run.
function isSnapStub(file) {
  const head = Buffer.alloc(2000);
  const open = fs.openSync(file, 'r');
  fs.readSync(open, head, 0, head.length, 0);
  fs.closeSync(open);
  return head.includes('snap install');
}

// `expected`: texts of console errors that the test brings about itself.
export async function openPage(browser, url, {width = 1440, height = 900, dark = false, expected = [], permissions = [], ...more} = {}) {
  const context = await browser.newContext({viewport: {width, height}, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce', permissions, ...more});
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  const faults = [];
  page.on('pageerror', (error) => faults.push(`page error: ${error.stack ?? error}`));
  page.on('console', (message) => {
    if (message.type() !== 'error' || expected.some((text) => message.text().includes(text))) return;
    faults.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('dialog', (dialog) => {
    faults.push(`a dialog opened: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  });
  await page.goto(url);
  return {
    page,
    async close() {
      await context.close();
      assert.deepEqual(faults, []);
    },
  };
}

// Nothing scrolls sideways at the page level.
export async function assertNoSideways(page) {
  const {scroll, client} = await page.evaluate(() => ({scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth}));
  assert.ok(scroll <= client, `the page is ${scroll} px wide in a window of ${client} px`);
}
