// Pictures of every page in both themes at four widths, to be looked at: TBPROF_SCREENSHOTS names
// the folder. What is checked here is only that each page draws without a fault.
import fs from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {makeReport} from './made_data.mjs';
import {bundlePage, removeFolder, startMadeServer} from './made_server.mjs';
import {assertNoSideways, launch, openPage} from './open_page.mjs';

const OUT = process.env.TBPROF_SCREENSHOTS;
const SIZES = [[390, 844], [768, 1024], [1440, 900], [2560, 1440]];
const PLACES = {
  overview: '#/overview?capture=whole',
  step: '#/overview?capture=killed&sel=step%3A17',
  no_steps: '#/overview?capture=growing',
  ranges: '#/ranges?capture=whole',
  range: '#/ranges?capture=whole&mode=flat&sel=name%3Aconv2d_backward',
  no_match: '#/ranges?capture=whole&q=nothing',
};

let folder, browser;
before(async () => {
  if (!OUT) return;
  fs.mkdirSync(OUT, {recursive: true});
  folder = bundlePage();
  browser = await launch();
});
after(async () => {
  if (!OUT) return;
  await browser.close();
  removeFolder(folder);
});

async function picture(server, name, hash, [width, height], dark) {
  const {page, close} = await openPage(browser, server.url + hash, {width, height, dark});
  await page.locator('.finding, .state').first().waitFor();
  await page.waitForTimeout(150);
  await assertNoSideways(page);
  await page.screenshot({path: path.join(OUT, `${name}_${width}_${dark ? 'dark' : 'light'}.png`)});
  await close();
}

for (const size of SIZES) {
  for (const dark of [false, true]) {
    test(`pages at ${size[0]} px, ${dark ? 'dark' : 'light'}`, {skip: OUT ? false : 'TBPROF_SCREENSHOTS names no folder'}, async () => {
      const server = await startMadeServer(folder);
      server.reports.growing = makeReport({steps: []});
      for (const [name, hash] of Object.entries(PLACES)) await picture(server, name, hash, size, dark);
      server.setCaptures([]);
      await picture(server, 'empty', '', size, dark);
      await server.stop();
    });
  }
}
