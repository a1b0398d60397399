// Ranges: tree and flat, sorting, filter, keys, inspector, export.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import {test} from 'node:test';
import {makeTable} from './made_data.mjs';
import {madePages} from './made_page.mjs';

const made = madePages('.panel-ranges .finding');
const {withPage} = made;
const names = (page) => page.locator('.panel-ranges tbody code').allInnerTexts();
const FLAT = '#/ranges?capture=whole&mode=flat';

test('the tree folds and unfolds, by pointer and by keys', async () => {
  await withPage('#/ranges?capture=whole', async (page) => {
    await page.locator('tbody tr').first().waitFor();
    assert.deepEqual((await names(page)).slice(0, 3), ['step', 'backward', 'conv2d_backward']);
    await page.getByRole('row', {name: /backward/}).first().getByRole('button', {name: 'Fold'}).click();
    assert.deepEqual((await names(page)).slice(0, 3), ['step', 'backward', 'forward']);
    await page.locator('table').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    assert.deepEqual((await names(page)).slice(0, 3), ['step', 'backward', 'conv2d_backward']);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('.inspector h2').innerText(), 'conv2d_backward');
    assert.match(await page.locator('.inspector').innerText(), /step › backward/);
    assert.equal(await page.locator('tbody tr[aria-selected="true"]').getAttribute('aria-level'), '3');
    await page.reload();
    await page.locator('.inspector h2').waitFor();
    assert.equal(await page.locator('.inspector h2').innerText(), 'conv2d_backward');
  });
});

test('children that were left out are counted, and come when they are asked for', async () => {
  const before = made.server.answers.get('ranges/tree');
  const asked = [];
  made.server.answers.set('ranges/tree', (params) => {
    const answer = before(params);
    asked.push([params.getAll('path').length, Number(params.get('limit')), Number(params.get('depth'))]);
    const [step] = answer.tree.children;
    if (params.getAll('path').length > 0 || step.child_count < 3 || Number(params.get('limit')) > 200) return answer;
    const hidden = answer.tree.children.splice(1);
    const sum = (key) => hidden.reduce((total, node) => total + node[key], 0);
    answer.tree.others = {nodes: hidden.length, count: sum('count'), total_ns: sum('total_ns')};
    return answer;
  });
  const whole = before(new URLSearchParams()).tree.children;
  await withPage('#/ranges?capture=whole', async (page) => {
    const more = page.locator('.range-more');
    await more.waitFor();
    assert.equal(await more.innerText(), `and ${whole.length - 1} more`);
    await page.locator('table').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await more.waitFor({state: 'detached'});
    assert.deepEqual(asked.at(-1), [0, 1000, 1]);
    const shown = await names(page);
    for (const node of whole) assert.ok(shown.includes(node.name), `${node.name} is missing in ${shown}`);
    assert.ok(shown.includes('conv2d_backward'), 'what was unfolded stays unfolded');
  });
  made.server.answers.set('ranges/tree', before);
});

test('flat rows carry the figures of the answer and are sorted by cost', async () => {
  await withPage(FLAT, async (page) => {
    const rows = [...made.server.table.rows].sort((a, b) => b.self_ns - a.self_ns);
    assert.deepEqual(await names(page), rows.map((row) => row.name));
    const cells = await page.locator('tbody tr').first().locator('td').allInnerTexts();
    assert.ok(cells.includes(String(rows[0].count)), cells.join('|'));
    assert.ok(cells.some((text) => text.trim() === (rows[0].self_ns / 1e6).toFixed(1)), cells.join('|'));
    assert.match(await page.getByRole('columnheader', {name: /^Self/}).innerText(), /^Self, ms/);
    assert.equal(await page.locator('th[aria-sort]').getAttribute('aria-sort'), 'descending');
    await page.getByRole('button', {name: /^Calls/}).click();
    assert.equal((await names(page))[0], 'tick');
    assert.match(page.url(), /sort=-count/);
    await page.getByRole('button', {name: /^Calls/}).click();
    assert.equal((await names(page))[0], 'save');
    await page.getByRole('button', {name: /^Range/}).click({modifiers: ['Shift']});
    assert.match(page.url(), /sort=count\.name/);
  });
});

test('the filter finds by regular expression, and says what it hides or lacks', async () => {
  await withPage('#/ranges?capture=whole', async (page) => {
    await page.keyboard.press('/');
    await page.keyboard.type('^conv2d');
    await page.waitForFunction(() => document.querySelectorAll('.panel-ranges tbody code').length === 2);
    assert.match(await page.locator('.context').innerText(), /2 of 12\sranges/);
    assert.match(page.url(), /q=%5Econv2d/);
    await page.locator('[data-search]').fill('(');
    await page.getByText('is no complete expression').waitFor();
    await page.locator('[data-search]').fill('nothing like it');
    await page.getByText('No range matches').waitFor();
    await page.getByRole('button', {name: /Clear the filter/}).click();
    await page.locator('table[role="treegrid"]').waitFor();
  });
});

test('export gives what is shown, in its order, with all columns', async () => {
  await withPage(`${FLAT}&q=backward&sort=-total`, async (page) => {
    await page.locator('tbody tr').first().waitFor();
    const waiting = page.waitForEvent('download');
    await page.getByRole('button', {name: 'Export CSV'}).click();
    const text = fs.readFileSync(await (await waiting).path(), 'utf8');
    const lines = text.trim().split('\r\n');
    assert.match(lines[0], /^name,category,count,total,self,/);
    assert.deepEqual(lines.slice(1).map((line) => line.split(',')[0]), ['backward', 'conv2d_backward', 'linear_backward']);
    assert.equal(lines[1].split(',')[3], '1030000000');
  });
});

test('10 000 ranges: only what is seen is in the page, the last row can be reached', async () => {
  const whole = made.server.table;
  made.server.table = makeTable(Array.from({length: 10000}, (_, i) => `range ${i}`));
  await withPage(FLAT, async (page) => {
    await page.locator('tbody tr').first().waitFor();
    assert.ok((await page.locator('tbody tr').count()) < 120);
    await page.locator('table').focus();
    await page.keyboard.press('End');
    const row = page.locator('tbody tr.at');
    await row.waitFor();
    assert.equal(await row.getAttribute('aria-rowindex'), '10013');
    const inside = await row.evaluate((node) => node.getBoundingClientRect().bottom <= innerHeight + 1);
    assert.ok(inside, 'the row is on the screen');
  });
  made.server.table = whole;
});

test('names from a trace stay text, also a long one', async () => {
  const whole = made.server.table;
  const evil = ['<img src=x onerror=alert(1)>', '"><script>alert(1)</script>', 'x'.repeat(5000), '=HYPERLINK("http://x")'];
  made.server.table = makeTable(evil);
  await withPage(FLAT, async (page) => {
    await page.locator('tbody tr').first().waitFor();
    const shown = await names(page);
    for (const name of evil) assert.ok(shown.includes(name), name.slice(0, 40));
    assert.equal(await page.locator('img, main script').count(), 0);
    await page.getByText(evil[0], {exact: false}).first().click();
    await page.locator('.inspector').waitFor();
    const waiting = page.waitForEvent('download');
    await page.getByRole('button', {name: 'Export CSV'}).click();
    assert.match(fs.readFileSync(await (await waiting).path(), 'utf8'), /"'=HYPERLINK/);
  });
  made.server.table = whole;
});

test('what was lost is said above the ranges, in the words of the other pages', async () => {
  const banner = '.banners .banner.warn';
  await withPage('#/ranges?capture=whole', async (page) => {
    const said = (await page.locator(banner).innerText()).replaceAll('\u00a0', ' ');
    assert.match(said, /^312 events were not recorded because the buffer of the thread was full, between 400\.0 ms and 500\.0 ms\. The figures hold for what was kept\.$/);
    await page.locator('.tab', {hasText: 'Overview'}).click();
    await page.locator('.panel-overview .finding').waitFor();
    assert.equal((await page.locator(banner).innerText()).replaceAll('\u00a0', ' '), said);
  });
  await withPage('#/ranges?capture=growing', async (page) => assert.equal(await page.locator(banner).count(), 0));
});

test('where no device worked the page says so once', async () => {
  const whole = made.server.table;
  made.server.table = {...whole, rows: [], row_count: 0, headline: {finding: 'No time was spent in ranges.', advice: ''}};
  const tree = made.server.answers.get('ranges/tree');
  made.server.answers.set('ranges/tree', () => ({span_ns: 1e9, path: [], tree: {count: 0, total_ns: 0, self_ns: 0, child_count: 0, children: []}, left_out_count: 0}));
  const {page, close} = await made.open('#/ranges?capture=growing&where=device');
  await page.getByText('No GPU work was recorded').waitFor();
  assert.equal(await page.getByText('No time was spent').count(), 0);
  await close();
  made.server.table = whole;
  made.server.answers.set('ranges/tree', tree);
});

test('a capture that grows changes figures only: what is open, scrolled to and selected stays', async () => {
  const tree = made.server.answers.get('ranges/tree');
  const table = made.server.answers.get('ranges/table');
  let version = 0;
  // Only one level an answer, so that what is open further down must be asked for.
  made.server.answers.set('ranges/tree', (params) => {
    const answer = tree(params);
    for (const child of answer.tree.children) delete child.children;
    return answer;
  });
  made.server.answers.set('ranges/table', () => ({...made.server.table, headline: {finding: `Version ${version}.`, advice: ''}}));
  await withPage('#/ranges?capture=growing', async (page) => {
    await page.locator('tbody tr').first().waitFor();
    await page.locator('table').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    await page.getByText('next batch').waitFor();
    await page.locator('tbody tr').filter({has: page.locator('code', {hasText: /^backward$/})}).getByRole('button', {name: 'Unfold'}).click();
    await page.getByText('conv2d_backward').click();
    await page.locator('.inspector h2').waitFor();
    const before = await names(page);
    await page.evaluate(() => {
      window.lost = [];
      const check = () => {
        const rows = [...document.querySelectorAll('.panel-ranges tbody code')].map((node) => node.textContent);
        if (!rows.includes('conv2d_backward') || !document.querySelector('tr[aria-selected="true"]') || document.querySelector('.skeleton')) window.lost.push(rows.join());
      };
      new MutationObserver(check).observe(document.body, {subtree: true, childList: true, characterData: true});
    });
    for (version = 1; version <= 5; version++) {
      made.server.setCaptures(made.server.catalogue.captures.map((one) => (one.id === 'growing' ? {...one, version: `growing-${version + 1}`, size_bytes: one.size_bytes + 1000} : one)));
      made.server.push({topic: 'core/captures'});
      await page.getByText(`Version ${version}.`).waitFor();
    }
    assert.deepEqual(await names(page), before);
    assert.deepEqual(await page.evaluate(() => window.lost), []);
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'TABLE');
  });
  made.server.answers.set('ranges/tree', tree);
  made.server.answers.set('ranges/table', table);
});
