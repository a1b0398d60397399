// Who cannot see, point or read small: names and contrast by axe, the keyboard alone, forced
// colours, zoom, less motion. In both themes, at the desk and on the phone.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {makeReport} from './made_data.mjs';
import {madePages} from './made_page.mjs';
import {root} from './made_server.mjs';
import {assertNoSideways} from './open_page.mjs';

const AXE = fs.readFileSync(path.join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');
const PAGES = {
  overview: '#/overview?capture=whole',
  step: '#/overview?capture=killed&sel=step%3A17',
  table: '#/overview?capture=whole&table=1',
  'no steps': '#/overview?capture=growing',
  tree: '#/ranges?capture=whole',
  range: '#/ranges?capture=whole&mode=flat&sel=name%3Aconv2d_backward',
  'no match': '#/ranges?capture=whole&q=nothing',
  'no capture': '#/overview?capture=gone',
  'no page': '#/nothing?capture=whole',
};

const made = madePages('.finding, .state, .timeline', (server) => {
  server.reports.growing = makeReport({steps: []});
});
const {withPage} = made;

for (const [kind, options] of Object.entries({light: {}, dark: {dark: true}, phone: {width: 390, height: 844, hasTouch: true}})) {
  test(`axe finds nothing, ${kind}`, async () => {
    for (const [name, hash] of Object.entries(PAGES)) {
      await withPage(hash, async (page) => {
        await page.evaluate(AXE);
        const found = await page.evaluate(async () => (await globalThis.axe.run(document, {resultTypes: ['violations']})).violations
          .map(({id, nodes}) => `${id}: ${nodes.map(({target}) => target.join(' ')).join(', ')}`));
        assert.deepEqual(found, [], name);
      }, {...options, bypassCSP: true});
    }
  });
}

test('keys alone reach every control, in the order of the page, each with a name and a visible focus', async () => {
  for (const [name, hash] of Object.entries(PAGES)) {
    await withPage(hash, async (page) => {
      const stops = [];
      for (let i = 0; i < 200; i++) {
        await page.keyboard.press('Tab');
        const stop = await page.evaluate(focusStop);
        if (!stop) break;
        stops.push(stop);
      }
      assert.ok(stops.length > 5 && stops.length < 200, `${name}: ${stops.length} stops`);
      for (const {what, says, isSeen} of stops) {
        assert.ok(says, `${name}: ${what} has no name`);
        assert.ok(isSeen, `${name}: the focus on ${what} "${says}" cannot be seen`);
      }
      const parts = stops.map(({part}) => part).filter((part, i, all) => part !== all[i - 1]);
      assert.deepEqual(parts, ['skip', 'bar', 'list', 'main', 'inspector'].filter((part) => parts.includes(part)), name);
      const missed = await page.evaluate(unreached);
      assert.deepEqual(missed, [], name);
    });
  }
});

/** In the page: what has the focus. */
function focusStop() {
  const at = document.activeElement;
  if (!at || at === document.body) return undefined;
  at.dataset.reached = 'yes';
  const ring = (node) => {
    const style = getComputedStyle(node);
    return style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) > 0;
  };
  const field = at.closest('.field');
  const isSeen = ring(at) || (field !== null && getComputedStyle(field).boxShadow !== 'none') || (at.matches('.edge') && getComputedStyle(at, '::after').content !== 'none')
    || (at.matches('table') && (ring(at.parentElement) || [...at.querySelectorAll('tr.at td')].some((cell) => getComputedStyle(cell).boxShadow !== 'none')));
  const part = at.matches('.skip') ? 'skip' : at.closest('header.top-bar') ? 'bar' : at.closest('nav.list, nav.rail') ? 'list' : at.closest('main') ? 'main' : 'inspector';
  return {what: `${at.tagName}.${at.className}`, says: (at.getAttribute('aria-label') ?? at.innerText).trim(), isSeen, part};
}

/** In the page: controls that Tab passed by. Options and folds are reached with the arrow keys. */
function unreached() {
  return [...document.querySelectorAll('a[href], button, input, canvas[role], summary')]
    .filter((node) => node.checkVisibility() && !node.disabled && !node.dataset.reached && !node.closest('dialog, [role="listbox"]') && !node.matches('.fold'))
    .map((node) => `${node.tagName}.${node.className} ${node.textContent.trim().slice(0, 40)}`);
}

test('a step of the table opens with the keyboard', async () => {
  await withPage(PAGES.table, async (page) => {
    await page.getByRole('button', {name: 'Step 3', exact: true}).focus();
    await page.keyboard.press('Enter');
    await page.locator('.inspector h2').waitFor();
    assert.equal(await page.locator('.inspector h2').innerText(), 'Step 3');
  });
});

test('an edge says how far it is, and moves with the arrow keys', async () => {
  await withPage(PAGES.range, async (page) => {
    const edge = page.getByRole('separator', {name: 'Width of the inspector'});
    assert.equal(await edge.getAttribute('aria-valuenow'), '392');
    await edge.focus();
    await page.keyboard.press('ArrowLeft');
    assert.equal(await edge.getAttribute('aria-valuenow'), String(await page.locator('.inspector').evaluate((node) => node.offsetWidth)));
    assert.equal(await edge.getAttribute('aria-valuetext'), `${await edge.getAttribute('aria-valuenow')} px`);
  });
});

test('with forced colours shapes stay: marks, bars, what is selected, what has the focus', async () => {
  const forced = {forcedColors: 'active', dark: true};
  const paint = (page, selector, pseudo) => page.locator(selector).first().evaluate((node, of) => {
    const style = getComputedStyle(node, of);
    return `${style.backgroundColor} ${style.backgroundImage}`;
  }, pseudo);
  const canvas = (page) => page.evaluate(() => getComputedStyle(document.querySelector('main')).backgroundColor);
  await withPage(PAGES.overview, async (page) => {
    const blank = await canvas(page);
    for (const selector of ['.device-bar .solid', '.device-bar .hatch', '.slow .swatch']) assert.ok(!(await paint(page, selector)).startsWith(`${blank} none`), selector);
    assert.match(await paint(page, '.capture .word.cut', '::before'), /gradient/);
  }, forced);
  await withPage(PAGES.range, async (page) => {
    const selected = await paint(page, 'tbody tr[aria-selected="true"] td');
    assert.notEqual(selected, await paint(page, 'tbody tr[aria-selected="false"] td'));
    await page.locator('[data-search]').focus();
    assert.notEqual(await page.locator('.field:focus-within').evaluate((node) => getComputedStyle(node).outlineStyle), 'none');
  }, forced);
  await withPage(PAGES.step, async (page) => {
    assert.match(await paint(page, '.capture-state.cut', '::before'), /gradient/);
  }, {...forced, width: 390, height: 844});
});

test('with forced colours the text on every category stands off its fill', async () => {
  for (const dark of [false, true]) {
    await withPage(PAGES.overview, async (page) => {
      const ratios = await page.evaluate(() => {
        const dot = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d', {willReadFrequently: true});
        const probe = document.body.appendChild(Object.assign(document.createElement('i'), {style: 'forced-color-adjust: none'}));
        const luminance = (token) => {
          probe.style.color = `var(${token})`;
          dot.fillStyle = getComputedStyle(probe).color;
          dot.fillRect(0, 0, 1, 1);
          const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
          return [...dot.getImageData(0, 0, 1, 1).data].slice(0, 3).reduce((sum, part, i) => sum + linear(part / 255) * [0.2126, 0.7152, 0.0722][i], 0);
        };
        const names = ['compute', 'calm', 'comm', 'copy', 'memset', 'sync', 'alloc', 'host', 'input', 'load', 'neutral'];
        return names.map((name) => {
          const [low, high] = [luminance(`--cat-${name}`), luminance(`--on-${name}`)].sort((one, other) => one - other);
          return [name, (high + 0.05) / (low + 0.05)];
        });
      });
      for (const [name, ratio] of ratios) assert.ok(ratio >= 4.5, `${name}: ${ratio.toFixed(2)}:1${dark ? ' on black' : ''}`);
    }, {forcedColors: 'active', dark});
  }
});

test('who asks for more contrast gets it, in text and in lines', async () => {
  const look = (page) => page.evaluate(() => {
    const luminance = (colour) => (colour.match(/\d+/g) ?? []).slice(0, 3).map((part) => Number(part) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)).reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
    const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const page = luminance(getComputedStyle(document.querySelector('main')).backgroundColor);
    return {
      text: ratio(luminance(getComputedStyle(document.querySelector('.context')).color), page),
      line: ratio(luminance(getComputedStyle(document.querySelector('.top-bar')).borderBottomColor), page),
    };
  });
  for (const dark of [false, true]) {
    const found = {};
    for (const contrast of ['no-preference', 'more']) await withPage(PAGES.overview, async (page) => (found[contrast] = await look(page)), {contrast, dark});
    assert.ok(found.more.text > 9 && found.more.text > 1.5 * found['no-preference'].text, JSON.stringify(found));
    assert.ok(found.more.line > 1.2 * found['no-preference'].line, JSON.stringify(found));
  }
});

for (const [zoom, [width, height]] of Object.entries({150: [960, 600], 200: [720, 450], 400: [360, 225]})) {
  test(`at ${zoom} % zoom nothing scrolls sideways and no text is cut inside a figure`, async () => {
    for (const hash of Object.values(PAGES)) {
      await withPage(hash, async (page) => {
        await assertNoSideways(page);
        const cut = await page.locator('.figures dt, .figures dd, .finding, .context').evaluateAll((nodes) =>
          nodes.filter((node) => node.checkVisibility() && node.scrollWidth > node.clientWidth + 1).map((node) => node.textContent.trim()));
        assert.deepEqual(cut, []);
      }, {width, height, deviceScaleFactor: Number(zoom) / 100});
    }
  });
}

test('who wants less motion gets none, and a text 20 % larger breaks nothing', async () => {
  await withPage(PAGES.step, async (page) => {
    const moving = await page.evaluate(() => document.getAnimations().length);
    assert.equal(moving, 0);
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--slow').trim()), '0ms');
    await page.evaluate(() => document.documentElement.style.setProperty('zoom', '1.2'));
    await assertNoSideways(page);
  });
});

test('what has no room in the list is left out whole', async () => {
  await withPage(PAGES.overview, async (page) => {
    const halves = await page.locator('.capture .about').evaluateAll((lines) => lines.flatMap((line) => {
      const box = line.getBoundingClientRect();
      return [...line.children].filter((part) => {
        const {left, right, top, bottom} = part.getBoundingClientRect();
        return top < box.bottom - 2 && (right > box.right + 1 || left < box.left - 1 || bottom > box.bottom + 2);
      }).map((part) => part.textContent);
    }));
    assert.deepEqual(halves, []);
    assert.match(await page.locator('.capture .about').first().innerText(), /60\s+steps/);
  });
});
