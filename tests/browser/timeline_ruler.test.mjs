// The steps of the ruler: what is written on them never runs into what stands beside it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {before, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {buildSync} from 'esbuild';
import {root} from './made_server.mjs';

const LETTER_PX = 7;
let StepBars;
before(async () => {
  const out = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'tbprof-ruler-')), 'step_bars.mjs');
  buildSync({entryPoints: [path.join(root, 'plugins/timeline/step_bars.ts')], outfile: out, bundle: true, format: 'esm', logLevel: 'error'});
  ({StepBars} = await import(pathToFileURL(out).href));
});

/** What is written for steps of these widths in px, one after the other, with the place of each text. */
function written(widths) {
  const texts = [];
  const context = {
    font: '', fillStyle: '', strokeStyle: '', lineWidth: 0,
    fillRect() {}, strokeRect() {}, measureText: (text) => ({width: text.length * LETTER_PX}),
    fillText: (text, left) => texts.push({text, left, right: left + text.length * LETTER_PX}),
  };
  const starts = widths.map((_, i) => widths.slice(0, i).reduce((sum, width) => sum + width, 0));
  const end = starts.at(-1) + widths.at(-1);
  const row = {rectangleBegin: 0, rectangleEnd: widths.length, columnBegin: 0, columnEnd: 0};
  const data = {
    from_ns: 0, nsPerPx: 1, row: () => row, edge_ns: (pixel) => pixel, columnPixel: [], columnName: [],
    rectangleStart: Float64Array.from(starts), rectangleDuration: Float64Array.from(widths), rectangleName: Uint32Array.from(widths.keys()),
    names: widths.map((_, i) => `Step ${100 + i}`), nameMarked_ns: [], nameCategory: widths.map(() => 'step'),
  };
  const palette = {css: () => '', theme: {font: (size, weight = 400) => `${weight} ${size}px x`}};
  const state = {view: {from_ns: 0, to_ns: end, length_ns: end}, palette, loader: {dataFor: () => [data]}, hovered_ns: undefined, step: undefined, tracks: undefined};
  new StepBars().draw(context, end, state, (time) => time);
  return texts.sort((a, b) => a.left - b.left);
}

test('numbers of narrow steps keep off the names of wide ones, and neighbours apart', () => {
  for (const widths of [[12, 12, 12, 80, 12, 12, 12, 12, 140, 12], [26, 26, 26, 26, 30, 30, 30], Array.from({length: 60}, (_, i) => (i % 7 === 3 ? 66 : 13))]) {
    const texts = written(widths);
    assert.ok(texts.length > 1, JSON.stringify(texts));
    for (const [i, {text, left}] of texts.entries()) {
      const before = texts[i - 1];
      if (before) assert.ok(left >= before.right + 4, `${before.text} ends at ${before.right}, ${text} begins at ${left}`);
    }
  }
});
