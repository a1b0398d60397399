// A copy of plugins/_template under another name becomes a tab with its data: no list is edited.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {test} from 'node:test';
import {bundlePage, removeFolder, root, startMadeServer} from './made_server.mjs';
import {launch, openPage} from './open_page.mjs';

function copyTree() {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'tbprof-tree-'));
  for (const name of ['plugins', 'server']) fs.cpSync(path.join(root, name), path.join(copy, name), {recursive: true});
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  return copy;
}

test('adding the folder adds the page, deleting it takes the page away', async () => {
  const tree = copyTree();
  fs.cpSync(path.join(tree, 'plugins/_template'), path.join(tree, 'plugins/slice_counts'), {recursive: true});
  const folder = bundlePage(tree);
  const browser = await launch();
  const server = await startMadeServer(folder);
  server.answers.set('slice_counts/counts', () => ({slices: 148233, by_category: {forward: 100000, backward: 48000, input: 233}}));
  const {page, close} = await openPage(browser, server.url);
  await page.getByRole('link', {name: 'Template'}).click();
  await page.locator('.panel-slice_counts .finding').waitFor();
  assert.equal((await page.locator('.finding').innerText()).replace(/\s/g, ' '), '148 k slices of 3 categories.');
  assert.match(await page.locator('.part-bar svg').getAttribute('aria-label'), /Forward 100\sk, Backward 48\.0\sk, Input 233/);
  await close();
  await server.stop();
  fs.rmSync(path.join(tree, 'plugins/slice_counts'), {recursive: true});
  execFileSync(process.execPath, [path.join(tree, 'server/bundle.mjs'), folder]);
  const main = fs.readdirSync(folder).find((name) => /^main-.*\.js$/.test(name));
  assert.doesNotMatch(fs.readFileSync(path.join(folder, main), 'utf8'), /slice_counts/);
  await browser.close();
  removeFolder(folder);
  removeFolder(tree);
});

test('the bundle is the same each time', () => {
  const [one, two] = [bundlePage(), bundlePage()];
  assert.deepEqual(fs.readdirSync(one), fs.readdirSync(two));
  for (const name of fs.readdirSync(one)) assert.ok(fs.readFileSync(path.join(one, name)).equals(fs.readFileSync(path.join(two, name))), name);
  removeFolder(one);
  removeFolder(two);
});

test('a head that is no literal is refused with a sentence', () => {
  const tree = copyTree();
  const file = path.join(tree, 'plugins/_template/panel.ts');
  fs.mkdirSync(path.join(tree, 'plugins/broken'));
  fs.writeFileSync(path.join(tree, 'plugins/broken/panel.ts'), fs.readFileSync(file, 'utf8').replace("title: 'Template'", 'title: String(1)'));
  assert.throws(() => execFileSync(process.execPath, [path.join(tree, 'server/bundle.mjs'), path.join(tree, 'out')], {stdio: 'pipe'}), (error) =>
    /^.*panel\.ts: definePanel's title must be written as a literal\.\n$/.test(String(error.stderr)));
  removeFolder(tree);
});
