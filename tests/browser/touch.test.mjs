// Fingers: lists scroll under them, a tap selects, a sheet is drawn up, nothing is too small to hit.
// (The timeline's drag and pinch stand in timeline_hands.test.mjs.)
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {makeTable} from './made_data.mjs';
import {madePages} from './made_page.mjs';

const made = madePages('.finding', (server) => {
  server.table = makeTable(Array.from({length: 400}, (_, i) => `range ${i}`));
});

const FLAT = '#/ranges?capture=whole&mode=flat';
const LEAST_PX = 36;

async function onPhone(hash, act) {
  const {page, close} = await made.open(hash, {width: 390, height: 844, hasTouch: true, isMobile: true});
  await page.locator('.finding').waitFor();
  const client = await page.context().newCDPSession(page);
  const touch = (type, points) => client.send('Input.dispatchTouchEvent', {type, touchPoints: points.map(([x, y], id) => ({x, y, id}))});
  const drag = async ([x0, y0], [x1, y1]) => {
    await touch('touchStart', [[x0, y0]]);
    for (let part = 0.1; part <= 1.001; part += 0.1) await touch('touchMove', [[x0 + (x1 - x0) * part, y0 + (y1 - y0) * part]]);
    await touch('touchEnd', []);
  };
  await act(page, drag);
  await close();
}

test('a finger scrolls the ranges, and selects nothing by that; a tap does', async () => {
  await onPhone(FLAT, async (page, drag) => {
    await page.locator('tbody tr').first().waitFor();
    await drag([200, 760], [200, 360]);
    await page.waitForFunction(() => document.querySelector('.ranges-table').scrollTop > 200);
    assert.equal(await page.locator('.inspector').count(), 0);
    await page.locator('tbody tr', {hasText: 'tick'}).or(page.locator('tbody tr').nth(12)).first().tap();
    await page.locator('.inspector h2').waitFor();
  });
});

test('the inspector is a sheet that a finger draws up', async () => {
  await onPhone(`${FLAT}&sel=name%3Abackward`, async (page, drag) => {
    const sheet = page.locator('.inspector');
    const before = await sheet.boundingBox();
    const edge = await page.locator('.inspector > .edge').boundingBox();
    await drag([195, edge.y + edge.height / 2], [195, 120]);
    await page.waitForFunction((height) => document.querySelector('.inspector').offsetHeight > height + 150, before.height);
  });
});

test('a tap on a column opens its step, and leaves no tooltip behind', async () => {
  await onPhone('#/overview?capture=whole', async (page, drag) => {
    await drag([200, 760], [200, 260]);
    await page.waitForFunction(() => document.querySelector('.panel').scrollTop > 100);
    await page.locator('.step-chart').scrollIntoViewIfNeeded();
    await page.locator('.step-chart canvas').tap({position: {x: 150, y: 150}});
    await page.locator('.inspector h2').waitFor();
    assert.match(await page.locator('.inspector h2').innerText(), /^Step \d+$/);
    assert.equal(await page.locator('.tip:not([hidden])').count(), 0);
  });
});

test('the list is a drawer: it opens, a tap chooses and closes it', async () => {
  await onPhone('#/overview?capture=whole', async (page) => {
    await page.getByRole('button', {name: 'Show the list'}).tap();
    await page.getByRole('option', {name: /cnn\/killed/}).tap();
    await page.locator('.list').waitFor({state: 'detached'});
    assert.match(page.url(), /capture=killed/);
  });
});

for (const hash of ['#/overview?capture=whole', '#/overview?capture=whole&table=1', '#/ranges?capture=whole', `${FLAT}&sel=name%3Abackward`]) {
  test(`nothing is too small for a finger: ${hash}`, async () => {
    await onPhone(hash, async (page) => {
      const small = await page.evaluate((least) => [...document.querySelectorAll('a, button, tbody tr, label.field')]
        .filter((node) => node.checkVisibility() && !node.matches('.skip, .spacer, .parts *'))
        .map((node) => ({node, box: node.getBoundingClientRect()})).filter(({box}) => box.height > 0 && box.height < least)
        .map(({node, box}) => `${node.tagName}.${node.className} ${node.textContent.trim().slice(0, 30)} ${Math.round(box.height)} px`), LEAST_PX);
      assert.deepEqual(small, []);
    });
  });
}
