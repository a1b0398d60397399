// Steps in the timeline: one time on every page, links, and one entry of the history for each
// selection. On a real trace whose marks and device work differ, and on one with several steps.
import assert from 'node:assert/strict';
import {QWEN, RESNET, settled, timelineOf, timelineReady} from './timeline_page.mjs';

const {ids, check, json, open, openUrl, url} = timelineOf({qwen: QWEN, resnet: RESNET});
const step = async (run, number) => (await json('step', {capture: ids[run], number})).body;
const ms = (ns) => (ns / 1e6).toFixed(ns >= 9.995e6 ? 1 : 2);
const title = (page) => page.locator('.inspector h2').first().innerText();
const params = (page) => new URLSearchParams(page.url().split('?')[1]);
const plain = (text) => text.replaceAll(/\s/g, ' ');
const historyLength = (page) => page.evaluate(() => history.length);

async function hoverStep(page, one) {
  const box = await page.locator('.timeline-strip.ruler > div').boundingBox();
  const query = params(page);
  const [from, to] = query.has('from') ? [Number(query.get('from')), Number(query.get('to'))]
    : [0, (await json('tracks', {capture: query.get('capture')})).body.duration_ns];
  const place = {x: box.x + ((one.start_ns + one.duration_ns / 2 - from) / (to - from)) * box.width, y: box.y + 10};
  await page.mouse.move(place.x, place.y);
  return place;
}

check('the overview, the ruler and the inspector show one time, and name the marked one', async () => {
  const number = (await (await fetch(url(`data/plugin/overview/report?capture=${ids.qwen}`))).json()).steps.list[0];
  const one = await step('qwen', number.number);
  assert.equal(one.duration_ns, number.duration_ns);
  assert.equal(one.marked_duration_ns, number.marked_duration_ns);
  assert.notEqual(ms(one.duration_ns), ms(one.marked_duration_ns));
  const {page, close} = await open('qwen', {sel: `step:${one.number}`});
  await page.waitForSelector('.inspector h2');
  const figure = (name) => page.locator(`.inspector [data-figure="${name}"] dd`).first().innerText().then(plain);
  assert.equal(await figure('With its device work'), `${ms(one.duration_ns)} ms`);
  assert.equal(await figure('Marked on the thread'), `${ms(one.marked_duration_ns)} ms`);
  await settled(page);
  await hoverStep(page, one);
  const tip = plain(await page.locator('.tip').innerText());
  assert.ok(tip.includes(`${ms(one.duration_ns)} ms with its device work`) && tip.includes(`${ms(one.marked_duration_ns)} ms marked on the thread`), tip);
  await close();
});

check('a link to a step opens the inspector, frames the step and marks it', async () => {
  const one = await step('resnet', 7);
  const {page, close} = await open('resnet', {sel: 'step:7'});
  await page.waitForSelector('.inspector h2');
  assert.equal(await title(page), 'Step 7');
  await page.waitForFunction(() => location.hash.includes('from='));
  const view = params(page);
  assert.ok(Number(view.get('from')) <= one.start_ns && Number(view.get('to')) >= one.start_ns + one.duration_ns, 'it is in view');
  assert.ok(Number(view.get('to')) - Number(view.get('from')) < 1.2 * one.duration_ns, 'and fills it');
  const x = await page.locator('.timeline-over canvas').evaluate((node, share) => {
    const column = node.getContext('2d').getImageData(Math.round(share * node.width), Math.round(node.height / 2), 1, 1).data;
    return column[3];
  }, (one.start_ns - Number(view.get('from'))) / (Number(view.get('to')) - Number(view.get('from'))));
  assert.equal(x, 255, 'its edge is drawn through the tracks');
  await close();
});

check('a step that is not there is said to be missing', async () => {
  const {page, close} = await open('resnet', {sel: 'step:99999'}, {expected: ['404']});
  await page.locator('.inspector').getByText('The capture has no step 99999.').waitFor();
  await close();
});

check('from the overview to a step is one entry of the history', async () => {
  const opened = await openUrl(url(`#/overview?capture=${ids.resnet}`));
  const {page} = opened;
  await page.locator('.step-chart canvas').focus();
  for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.inspector h2');
  const name = await title(page);
  const before = await historyLength(page);
  await page.getByRole('link', {name: 'Open in timeline'}).click();
  await timelineReady(page);
  await page.waitForSelector('.inspector h2');
  assert.equal(await title(page), name);
  assert.equal(await historyLength(page), before + 1);
  await page.goBack();
  await page.locator('.panel-overview .finding').waitFor();
  assert.equal(await title(page), name);
  await page.goBack();
  await page.locator('.inspector').waitFor({state: 'detached'});
  await opened.close();
});

check('back and forward undo selections and tabs one at a time', async () => {
  const {page, close} = await open('resnet');
  const steps = [await step('resnet', 6), await step('resnet', 7)];
  const first = await historyLength(page);
  for (const one of steps) {
    const place = await hoverStep(page, one);
    await page.mouse.click(place.x, place.y);
    await page.waitForFunction((text) => document.querySelector('.inspector h2')?.textContent === text, `Step ${one.number}`);
  }
  assert.equal(await historyLength(page), first + 2, 'a click is one entry');
  // A gap, then a slice of the thread.
  const picture = await page.locator('.timeline-picture').boundingBox();
  const gap = await page.locator('[data-track="idle0"]').boundingBox();
  await page.mouse.click(picture.x + picture.width / 2, gap.y + 10);
  await page.waitForFunction(() => document.querySelector('.inspector h2')?.textContent.startsWith('Idle gap'));
  const gapTitle = await title(page);
  await page.getByRole('link', {name: 'Overview'}).click();
  await page.locator('.panel-overview .finding').waitFor();
  assert.equal(await historyLength(page), first + 4);
  const shows = (text) => page.waitForFunction((wanted) => (document.querySelector('.panel-timeline') ? document.querySelector('.inspector h2')?.textContent ?? '' : 'other') === wanted, text);
  await page.goBack();
  await shows(gapTitle);
  await page.goBack();
  await shows('Step 7');
  await page.goBack();
  await shows('Step 6');
  await page.goBack();
  await shows('');
  for (const text of ['Step 6', 'Step 7', gapTitle]) {
    await page.goForward();
    await shows(text);
  }
  await page.keyboard.press('Escape');
  await shows('');
  await page.goBack();
  await shows(gapTitle);
  await close();
});

check('a link shows the view that it names, wherever its selection is', async () => {
  const one = await step('resnet', 6);
  const {page, close} = await open('resnet', {sel: 'step:8', from: one.start_ns, to: one.start_ns + one.duration_ns});
  await page.waitForSelector('.inspector h2');
  await settled(page);
  assert.equal(Number(params(page).get('from')), one.start_ns);
  assert.equal(Number(params(page).get('to')), one.start_ns + one.duration_ns);
  await close();
});

check('steps are walked with the keys, on the ruler and with N', async () => {
  const {page, close} = await open('resnet');
  await page.locator('.timeline-strip.ruler > div').focus();
  const focus = await page.locator('.timeline-strip.ruler > div').evaluate((node) => getComputedStyle(node).outlineStyle);
  assert.equal(focus, 'solid');
  await page.keyboard.press('ArrowRight');
  await page.waitForSelector('.inspector h2');
  const first = Number((await title(page)).replace('Step ', ''));
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction((text) => document.querySelector('.inspector h2')?.textContent === text, `Step ${first + 1}`);
  assert.match(await page.locator('.timeline-strip.ruler > div').getAttribute('aria-valuetext'), new RegExp(`^Step ${first + 1}, `));
  await page.keyboard.press('Shift+N');
  await page.waitForFunction((text) => document.querySelector('.inspector h2')?.textContent === text, `Step ${first}`);
  await close();
});
