// Pages on a server with made answers, for the browser tests of one file.
import {after, before} from 'node:test';
import {bundlePage, removeFolder, startMadeServer} from './made_server.mjs';
import {launch, openPage} from './open_page.mjs';

/**
 * Bundles the page and starts server and browser once for all tests of the file. A page is ready where `ready` is to be
 * seen; `change` has the first word about what the server answers. `server` is there once the tests run.
 */
export function madePages(ready, change = () => {}) {
  let folder;
  let browser;
  const made = {
    server: undefined,
    open: (hash, options) => openPage(browser, made.server.url + hash, options),
    async withPage(hash, act, options) {
      const {page, close} = await made.open(hash, options);
      await page.locator(ready).first().waitFor();
      await act(page);
      await close();
    },
  };
  before(async () => {
    folder = bundlePage();
    browser = await launch();
    made.server = await startMadeServer(folder);
    change(made.server);
  });
  after(async () => {
    await browser.close();
    await made.server.stop();
    removeFolder(folder);
  });
  return made;
}
