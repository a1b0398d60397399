// The columns of ranges: their units, widths and what names keep at every width.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {makeTable, makeTree} from './made_data.mjs';
import {madePages} from './made_page.mjs';

const made = madePages('.panel-ranges .finding');
const {withPage} = made;
const FLAT = '#/ranges?capture=whole&mode=flat';

async function assertNothingCut(page, where) {
  const cut = await page.locator('td.number, td.bar, .cell-bar > span').evaluateAll((cells) =>
    cells.filter((cell) => cell.scrollWidth > cell.clientWidth + 0.5 && cell.clientWidth > 0).map((cell) => `${cell.innerText} ${cell.scrollWidth} > ${cell.clientWidth}`));
  assert.deepEqual(cut, [], where);
}

test('the head names the unit of its column, which fits what the column holds', async () => {
  const whole = made.server.table;
  const rows = [412e3, 730, 120].map((ns, i) => ({...whole.rows[0], name: `range ${i}`, total_ns: ns, self_ns: ns, mean_ns: ns, per_step_ns: i === 2 ? 0 : ns, max_ns: ns}));
  made.server.table = {...whole, rows, row_count: rows.length};
  const tree = made.server.answers.get('ranges/tree');
  made.server.answers.set('ranges/tree', () => makeTree(whole));
  for (const width of [390, 1440]) {
    await withPage(FLAT, async (page) => {
      await page.locator('tbody tr').first().waitFor();
      await assertNothingCut(page, `at ${width} px`);
      if (width < 1000) return;
      const heads = (await page.locator('thead th').allInnerTexts()).map((text) => text.trim());
      assert.deepEqual(heads.slice(3, 7), ['Total, µs', 'Self, µs ↓', 'A step, µs', 'Mean, ns'].map((text) => text.replace(' ↓', '')));
      const cells = (await page.locator('tbody tr').last().locator('td').allInnerTexts()).map((text) => text.trim());
      assert.deepEqual(cells.slice(3, 7), ['0.120', '0.120', '0', '120']);
    }, {width, height: 844});
  }
  made.server.table = whole;
  made.server.answers.set('ranges/tree', tree);
});

test('of a long Python frame the folders give way, not the function', async () => {
  const whole = made.server.table;
  const name = `${'very/deep/'.repeat(20)}models/attention.py(112): forward`;
  made.server.table = makeTable([name]);
  for (const width of [390, 1440]) {
    await withPage(FLAT, async (page) => {
      const code = page.locator('code', {hasText: 'attention.py'}).first();
      await code.waitFor();
      assert.equal(await code.textContent(), name);
      assert.ok(await code.locator('.end').evaluate((node) => node.scrollWidth <= node.clientWidth), `whole at ${width} px`);
    }, {width, height: 844});
  }
  made.server.table = whole;
});

test('where there is room a frame shows its folders, and a kernel its name first', async () => {
  const whole = made.server.table;
  made.server.table = makeTable(['tqdm/_monitor.py(60): run', 'void at::native::vectorized_elementwise_kernel<4, float>(int)']);
  await withPage(FLAT, async (page) => {
    const frame = page.locator('code.frame').first();
    await frame.waitFor();
    assert.ok(await frame.locator('.rest').evaluate((node) => node.scrollWidth <= node.clientWidth), 'the folders are whole');
    const kernel = page.locator('code', {hasText: 'vectorized'});
    assert.equal(await kernel.getAttribute('title'), made.server.table.rows.at(-1).name);
    assert.equal(await kernel.evaluate((node) => [...node.childNodes].filter((child) => child.nodeType === 3).map((child) => child.textContent).join('').trim()), 'at::native::vectorized_elementwise_kernel');
  });
  made.server.table = whole;
});

test('numbers of all sizes are whole, in one unit, with their points in one line', async () => {
  const whole = made.server.table;
  const sizes = [3, 4.5e3, 7.1e5, 4.12e6, 1.38e7, 1.613e9, 8.24e9];
  const rows = sizes.map((ns, i) => ({
    name: `range ${i}`, category: 'other', count: 10 ** i, total_ns: ns, self_ns: ns, mean_ns: ns, min_ns: ns, max_ns: ns, longest_slice: i, p50_ns: ns, p99_ns: ns, per_step_ns: ns,
  }));
  made.server.table = {...whole, rows: [...whole.rows, ...rows]};
  for (const width of [390, 768, 1440]) {
    await withPage(FLAT, async (page) => {
      await page.locator('tbody tr').first().waitFor();
      await assertNothingCut(page, `at ${width} px`);
      const points = await page.locator('td .fraction').evaluateAll((nodes) =>
        nodes.map((node) => [node.closest('td').cellIndex, Math.round(node.getBoundingClientRect().left)]));
      const lines = new Set(points.map(([column, left]) => `${column} ${left}`));
      assert.equal(lines.size, new Set(points.map(([column]) => column)).size, `points at ${[...lines]}`);
      const totals = await page.locator('tbody tr td.bar').evaluateAll((cells) => cells.map((cell) => cell.innerText.trim().replaceAll('\u00a0', ' ').replaceAll('\u202f', '')));
      for (const text of ['< 0.001', '0.004', '0.710', '4.12', '13.8', '1613', '8240']) assert.ok(totals.includes(text), `${text} in ${totals}`);
    }, {width, height: 844});
  }
  made.server.table = whole;
});

test('figures stand near their names on the widest screen, and names never go for figures', async () => {
  await withPage(FLAT, async (page) => {
    await page.locator('tbody tr').first().waitFor();
    const gap = await page.evaluate(() => {
      const names = [...document.querySelectorAll('tbody code')].map((node) => node.getBoundingClientRect().right);
      const next = document.querySelector('tbody td:nth-child(2)').getBoundingClientRect().left;
      return next - Math.max(...names);
    });
    assert.ok(gap < 40, `${gap} px between the longest name and the next column`);
  }, {width: 2560, height: 1440});
  // Between the list's rail and the inspector there is room for two figures.
  await withPage(`${FLAT}&sel=name%3Abackward`, async (page) => {
    await page.locator('.inspector').waitFor();
    const widths = await page.locator('tbody td:first-child').evaluateAll((cells) => cells.map((cell) => cell.clientWidth));
    assert.ok(Math.min(...widths) >= 200, String(widths));
  }, {width: 1024, height: 768});
});

test('a head says what its numbers are, and how more than the whole can be', async () => {
  await withPage(FLAT, async (page) => {
    await page.locator('tbody tr').first().waitFor();
    assert.match(await page.getByRole('columnheader', {name: /^Total/}).getAttribute('title'), /Each thread counts/);
    for (const head of await page.locator('th.number, th.bar').all()) assert.ok(await head.getAttribute('title'), await head.innerText());
  });
  const whole = made.server.table;
  made.server.table = {...whole, span_ns: whole.rows[0].total_ns / 3};
  await withPage(`${FLAT}&sel=name%3Astep`, async (page) => {
    assert.match(await page.locator('.inspector [data-figure="Total"] .note').innerText(), /300\.0\s% of the capture; threads add up/);
  });
  made.server.table = whole;
});

test('at 390 px names can be read, and a tap shows the whole one', async () => {
  await withPage('#/ranges?capture=whole', async (page) => {
    await page.locator('tbody tr').first().waitFor();
    const narrow = await page.locator('tbody code').evaluateAll((nodes) =>
      nodes.map((node) => [node.textContent, node.clientWidth, node.scrollHeight > node.clientHeight + 1]).filter(([, width, isCut]) => width < 90 && isCut));
    assert.deepEqual(narrow, []);
    const name = 'conv2d<float, 3, 3, Stride<1>>';
    await page.getByRole('row', {name: 'conv2d<float'}).click();
    assert.equal(await page.locator('.inspector h2').innerText(), name);
  }, {width: 390, height: 844});
});
