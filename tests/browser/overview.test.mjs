// The overview: its figures are those of the report; chart, slow steps, inspector, table.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {makeReport, makeSteps} from './made_data.mjs';
import {madePages} from './made_page.mjs';

const made = madePages('.panel-overview .finding');
const {withPage} = made;

/** Beside the columns: the axis, the median's words. */
const [LEFT_PX, RIGHT_PX] = [62, 48];
const ms = (ns, places = 1) => (ns / 1e6).toFixed(places);
const figure = (page, name) => page.locator(`[data-figure="${name}"] dd`).first().innerText();

test('the figures are those of the report', async () => {
  const report = made.server.reports.whole;
  await withPage('#/overview?capture=whole', async (page) => {
    assert.equal(await page.locator('.finding').innerText(), `${report.headline.finding}\n${report.headline.advice}`);
    assert.equal(await figure(page, 'Median step'), `${ms(report.steps.median_ns)} ms`);
    assert.equal(await figure(page, 'p99 step'), `${ms(report.steps.p99_ns)} ms`);
    assert.equal(await figure(page, 'Steps'), String(report.steps.count));
    assert.equal(await figure(page, 'Lost'), '312');
    assert.equal(await figure(page, 'GPUs idle'), '25.0 %');
    const parts = await page.locator('.part-bar svg').getAttribute('aria-label');
    for (const mean of Object.values(report.parts_mean)) assert.ok(parts.includes(`${ms(mean)}\u00a0ms`), `${parts} has ${ms(mean)}`);
    assert.equal(await page.locator('.slow li').count(), report.steps.slow.length);
    assert.match(await page.locator('.slow li').first().innerText(), new RegExp(`\\+${ms(report.steps.slow[0].excess_ns)}`));
    assert.match(await page.locator('.step-chart canvas').getAttribute('aria-label'), /^Time of 60\ssteps/);
  });
});

test('why a step is slow can be read whole beside the inspector too', async () => {
  const {slow} = made.server.reports.whole.steps;
  await withPage('#/overview?capture=whole&sel=step%3A17', async (page) => {
    await page.locator('.inspector h2').waitFor();
    const lines = page.locator('.slow li p');
    assert.match(await lines.first().innerText(), new RegExp(`^Input took (all|${ms(slow[0].because_ns)}\\sms) of it\\.$`));
    assert.deepEqual(await lines.evaluateAll((nodes) => nodes.filter((node) => node.scrollWidth > node.clientWidth).map((node) => node.textContent)), []);
  });
});

test('one complete step is not compared, a part without time takes no row, a cut clock has no date', async () => {
  const whole = makeReport({steps: makeSteps({count: 2})});
  made.server.reports.growing = {...whole, capture: {...whole.capture, start_unix_ms: 1_428_625_000}};
  await withPage('#/overview?capture=growing&sel=step%3A0', async (page) => {
    assert.match(await page.locator('#slow-title + p').innerText(), /^Only one step is complete/);
    assert.match(await page.locator('#where-title + p').innerText(), /^The one complete step/);
    assert.doesNotMatch(await page.locator('.inspector .parts').innerText(), /Checkpoint/);
    assert.doesNotMatch(await page.locator('.panel').innerText(), /1970/);
    assert.match(await figure(page, 'Recorded'), /^148 k slices$/);
  });
});

test('the median stands at the end of its line, where no column is', async () => {
  await withPage('#/overview?capture=whole', async (page) => {
    const canvas = page.locator('.step-chart canvas');
    const coloured = await canvas.evaluate((node, right_px) => {
      const ratio = devicePixelRatio;
      const {data} = node.getContext('2d').getImageData(node.width - (right_px - 2) * ratio, 0, (right_px - 2) * ratio, node.height - 24 * ratio);
      let found = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255 && Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]) > 60) found++;
      return found;
    }, RIGHT_PX);
    assert.equal(coloured, 0);
  });
});

test('the chart is drawn, explains what is under the pointer, and selects', async () => {
  const {list} = made.server.reports.whole.steps;
  await withPage('#/overview?capture=whole', async (page) => {
    const canvas = page.locator('.step-chart canvas');
    const colours = await canvas.evaluate((node) => {
      const data = node.getContext('2d').getImageData(0, 0, node.width, node.height).data;
      const seen = new Set();
      for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) seen.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
      return seen.size;
    });
    assert.ok(colours > 6, `the chart has ${colours} colours`);
    const box = await canvas.boundingBox();
    const x = LEFT_PX + ((box.width - LEFT_PX - RIGHT_PX) * 17.5) / 60;
    await canvas.hover({position: {x, y: box.height / 2}});
    assert.match(await page.locator('.tip').innerText(), new RegExp(`^Step 17\\n${ms(list[17].duration_ns)}\\sms`));
    await canvas.click({position: {x, y: box.height / 2}});
    await page.locator('.inspector h2').waitFor();
    assert.equal(await page.locator('.inspector h2').innerText(), 'Step 17');
    assert.match(await page.locator('.inspector .parts').innerText(), new RegExp(ms(list[17].parts.input)));
    assert.match(page.url(), /sel=step%3A17/);
    await page.keyboard.press('Escape');
    await page.locator('.inspector').waitFor({state: 'detached'});
    assert.doesNotMatch(page.url(), /sel=/);
    await page.goBack();
    await page.locator('.inspector').waitFor();
  });
});

test('a step whose marks say another time says both', async () => {
  const steps = makeSteps({count: 5}).map((step) => ({...step, marked_start_ns: step.start_ns - 3e6, marked_duration_ns: step.duration_ns + 2e6}));
  made.server.reports.growing = makeReport({steps});
  await withPage('#/overview?capture=growing&sel=step%3A2', async (page) => {
    assert.equal(await figure(page, 'With its device work'), `${ms(steps[2].duration_ns)} ms`);
    assert.equal(await figure(page, 'Marked on the thread'), `${ms(steps[2].marked_duration_ns)} ms`);
    assert.match(await page.locator('.inspector').innerText(), /3\.00.ms after its mark began.*1\.00.ms after its mark ended/s);
  });
});

test('the chart is walked with the keys', async () => {
  await withPage('#/overview?capture=whole', async (page) => {
    await page.locator('.step-chart canvas').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    assert.match(await page.locator('.tip').innerText(), /^Step 1\n/);
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('.inspector h2').innerText(), 'Step 1');
  });
});

test('the same steps stand in a table, one key away', async () => {
  const {list} = made.server.reports.whole.steps;
  await withPage('#/overview?capture=whole', async (page) => {
    await page.locator('.panel').focus();
    await page.keyboard.press('Shift+T');
    await page.locator('.step-table').waitFor();
    assert.equal(await page.locator('.step-table tbody tr').count(), list.length);
    const row = await page.locator('.step-table tbody tr').nth(3).locator('td').allInnerTexts();
    assert.equal(row[0], String(list[3].number));
    assert.equal(row[1], ms(list[3].duration_ns, 2));
    assert.match(page.url(), /table=1/);
  });
});

test('steps whose numbers repeat are told apart', async () => {
  const [first, second] = [makeSteps({count: 4}), makeSteps({count: 4, seed: 9})];
  const shift = first.at(-1).start_ns + first.at(-1).duration_ns;
  const steps = [...first, ...second.map((step) => ({...step, start_ns: step.start_ns + shift}))];
  made.server.reports.growing = makeReport({steps});
  await withPage(`#/overview?capture=growing&sel=step%3A2%40${steps[6].start_ns}`, async (page) => {
    assert.match(await page.locator('.inspector .facts').innerText(), new RegExp(ms(steps[6].start_ns)));
  });
});

test('a slow step leads to its place in the timeline', async () => {
  const slow = made.server.reports.whole.steps.slow[0];
  await withPage('#/overview?capture=whole', async (page) => {
    const href = await page.locator('.slow a').first().getAttribute('href');
    const params = new URLSearchParams(href.slice(href.indexOf('?')));
    assert.equal(params.get('sel'), `step:${slow.number}@${slow.start_ns}`);
    assert.equal(params.get('from'), String(slow.start_ns));
    assert.equal(params.get('capture'), 'whole');
  });
});

test('a capture without steps says how to mark them', async () => {
  made.server.reports.growing = makeReport({steps: []});
  await withPage('#/overview?capture=growing', async (page) => {
    await page.getByText('To mark a step', {exact: true}).waitFor();
    assert.match(await page.locator('.state pre').innerText(), /nvtxRangePush/);
    assert.equal(await figure(page, 'Median step'), '–');
  });
});

test('how to mark steps is as many lines on a phone', async () => {
  made.server.reports.growing = makeReport({steps: []});
  await withPage('#/overview?capture=growing', async (page) => {
    const code = page.locator('.state pre');
    const lines = (await code.innerText()).split('\n').length;
    const {height, line} = await code.evaluate((node) => {
      const style = getComputedStyle(node);
      return {height: node.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom), line: parseFloat(style.lineHeight)};
    });
    assert.equal(Math.round(height / line), lines);
  }, {width: 390, height: 844});
});

test('steps of a recording in windows are named by window', async () => {
  const list = [...makeSteps({count: 5, first: 10}), ...makeSteps({count: 3, first: 30}).map((step) => ({...step, start_ns: step.start_ns + 4e9}))];
  const span = async (steps) => {
    made.server.reports.growing = makeReport({steps: steps.map((step) => ({...step, complete: true}))});
    let text;
    await withPage('#/overview?capture=growing', async (page) => {
      text = await page.locator('.figures').getByText(/^steps? \d/).innerText();
      assert.ok((await page.locator('.context').first().innerText()).includes(text));
    });
    return text;
  };
  assert.equal(await span(list), 'steps 10–14, 30–32');
  assert.equal(await span(list.slice(0, 6)), 'steps 10–14, 30');
  // Every second step: first and last say more than a list.
  assert.equal(await span(makeSteps({count: 20}).filter((_, i) => i % 2 === 0)), 'steps 0–18');
});

test('a file that only its reading shows to be cut is said to be cut', async () => {
  const before = made.server.reports.whole;
  made.server.reports.whole = {...before, losses: [], capture: {...before.capture, state: 'cut', state_detail: 'It ends inside an event at byte 24.'}};
  await withPage('#/overview?capture=whole', async (page) => {
    assert.equal(await page.locator('.banners').innerText(), 'This recording was cut. It ends inside an event at byte 24.');
    // What one page learned holds on all of them, in the list and in the bar.
    assert.equal(await page.locator('.capture[aria-selected="true"] .word').innerText(), 'cut');
    assert.equal(await page.locator('.capture-state').innerText(), 'cut');
    await page.locator('.tab', {hasText: 'Ranges'}).click();
    await page.locator('.panel-ranges .finding').waitFor();
    assert.equal(await page.locator('.banners').innerText(), 'This recording was cut. It ends inside an event at byte 24.');
  });
  made.server.reports.whole = before;
  await withPage('#/overview?capture=killed', async (page) => assert.equal(await page.locator('.banners .banner').count(), 1));
});

test('10 000 steps draw, the slow ones are seen', async () => {
  const slow = [5000];
  made.server.reports.growing = makeReport({steps: makeSteps({count: 10000, slow})});
  await withPage('#/overview?capture=growing', async (page) => {
    assert.match(await page.locator('#steps-title + p').innerText(), /longest of those that fall on it/);
    const canvas = page.locator('.step-chart canvas');
    const box = await canvas.boundingBox();
    await canvas.hover({position: {x: LEFT_PX + (box.width - LEFT_PX - RIGHT_PX) * 0.50005, y: 60}});
    assert.match(await page.locator('.tip').innerText(), /^Step 5000\n/);
  });
});

test('names from a trace stay text', async () => {
  const evil = '<img src=x onerror=alert(1)>"\'`${alert(1)}';
  const steps = makeSteps({count: 5}).map((step) => ({...step, name: evil}));
  const report = makeReport({steps, properties: {program: evil, host: evil}});
  report.headline = {finding: evil, advice: `<script>alert(1)</script>`};
  report.losses = [{kind: evil, label: evil, count: 1, from_ns: 0, until_ns: 1, detail: evil, meaning: evil}];
  report.steps.slow = [{number: 2, start_ns: steps[2].start_ns, duration_ns: 1e6, excess_ns: 1e5, because_key: evil, because_ns: 1, sentence: evil}];
  made.server.reports.growing = report;
  made.server.setCaptures(made.server.catalogue.captures.map((one) => (one.id === 'growing' ? {...one, run: evil, file: evil, session: evil} : one)));
  await withPage('#/overview?capture=growing&sel=step%3A2', async (page) => {
    await page.locator('.inspector').waitFor();
    assert.equal(await page.locator('img, main script').count(), 0);
    assert.ok((await page.locator('.finding').innerText()).startsWith(evil));
  });
});
