// What of the kit is pure: numbers, selections in the address, binary tables.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {before, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {buildSync} from 'esbuild';
import {root} from './made_server.mjs';

let format, selection, columns, table, room, roundLabels;
before(async () => {
  const out = fs.mkdtempSync(path.join(os.tmpdir(), 'tbprof-kit-'));
  const names = ['format', 'selection', 'column_table', 'table_order', 'table_room', 'round_labels'];
  buildSync({entryPoints: names.map((name) => path.join(root, 'plugins/_kit', `${name}.ts`)), outdir: out, outExtension: {'.js': '.mjs'}, bundle: true, format: 'esm', logLevel: 'error'});
  [format, selection, columns, table, room, {roundLabels}] = await Promise.all(names.map((name) => import(pathToFileURL(path.join(out, `${name}.mjs`)).href)));
});

const plain = (text) => text.replaceAll('\u202f', '_').replaceAll('\u00a0', ' ');

test('numbers read as the design says', () => {
  const cases = [
    [() => format.duration(710), '710 ns'],
    [() => format.duration(999.6), '1.00 µs'],
    [() => format.duration(13.8e6), '13.8 ms'],
    [() => format.duration(412e6), '412.0 ms'],
    [() => format.duration(1613e6), '1_613 ms'],
    [() => format.duration(82.4e9), '82.40 s'],
    [() => format.duration(0), '0 ns'],
    [() => format.duration(undefined), '–'],
    [() => format.duration(Number.NaN), '–'],
    [() => format.durationChange(-29.8e6), '−29.8 ms'],
    [() => format.durationChange(94e6), '+94.0 ms'],
    [() => format.signed(0.03), '< 0.1'],
    [() => format.signed(-0.03), '< 0.1'],
    [() => format.percent(0.16), '16.0_%'],
    [() => format.percent(0.0001), '< 0.1_%'],
    [() => format.percent(0), '0_%'],
    [() => format.fixed(-0.01), '< −0.1'],
    [() => format.integer(18944), '18_944'],
    [() => format.count(9999), '9_999'],
    [() => format.count(9410000), '9.41 M'],
    [() => format.count(999600), '1.00 M'],
    [() => format.count(148233), '148 k'],
    [() => format.fileSize(41.3e6), '41.3 MB'],
    [() => format.fileSize(1), '1 byte'],
    [() => format.memorySize(61.4 * 2 ** 30), '61.4 GiB'],
    [() => format.plural(1, 'step'), '1 step'],
    [() => format.plural(20, 'step'), '20 steps'],
    [() => format.traceTime(2824.2e6), '2_824.2 ms'],
    [() => format.dateTime(0), '–'],
    [() => format.dateTime(1_428_625_000), '–'], // a clock that counts from somewhere else
    [() => format.aboutDuration(5.1675e9), '5.17 s'],
    [() => format.aboutDuration(86.4e9), '86.4 s'],
    [() => format.aboutDuration(8.2894e8), '828.9 ms'],
  ];
  for (const [make, expected] of cases) assert.equal(plain(make()), expected);
});

test('below a chart stand round numbers at even distances, also where columns stand for many steps each', () => {
  const texts = (labels, width_px = 1000, all = false) => roundLabels(labels.map(String), width_px, all).map(([index, text]) => `${index}:${text}`).join(' ');
  const count = (n, from = 0, by = 1) => Array.from({length: n}, (_, i) => from + i * by);
  assert.equal(texts(count(100)), '0:0 10:10 20:20 30:30 40:40 50:50 60:60 70:70 80:80 90:90');
  // The longest of every five: round numbers are seldom among them.
  const longest = count(1000, 0, 5).map((first, i) => first + [3, 1, 4, 1, 2][i % 5]);
  assert.equal(texts(longest), '200:1000 400:2000 600:3000 800:4000');
  // Two windows: nothing stands for what lies between them.
  assert.equal(texts([10, 11, 12, 13, 14, 30, 31, 32], 1000, true), '0:10 1:11 2:12 3:13 4:14 5:30 6:31 7:32');
  assert.equal(texts([...count(500, 1000), ...count(500, 90000)]), '0:1000 100:1100 200:1200 300:1300 400:1400 500:90000 600:90100 700:90200 800:90300 900:90400');
  // Numbers that begin anew, and names.
  assert.equal(texts([0, 1, 2, 0, 1, 2], 1000, true), '0:0 1:1 2:2 3:0 4:1 5:2');
  assert.equal(texts(['a', 'b'], 1000, true), '0:a 1:b');
});

test('a column has one unit and one precision', () => {
  const scale = format.columnScale([2.21e9, 5e7, 310, null]);
  assert.deepEqual([2.21e9, 5e7, 310, 0, null].map((value) => plain(format.scaled(value, scale))), ['2_210.0', '50.0', '< 0.1', '0', '–']);
  assert.equal(scale.unit, 'ms');
});

test('a column of all sizes has one unit, and the digits that mean something', () => {
  const ms = format.columnScale([2.21e9]);
  const parts = (value, scale) => Object.values(format.columnParts(value, scale)).map(plain);
  assert.deepEqual([2.21e9, 4.158e8, 9.55e6, 2.94e5, 310, 0].map((value) => parts(value, ms)), [['2_210', ''], ['415', '.8'], ['9', '.55'], ['0', '.294'], ['< 0', '.001'], ['0', '']]);
  assert.deepEqual(parts(880, format.durationScale(900)), ['880', '']);
});

test('columns get what they need, then names, then bars; the least important go first', () => {
  const shape = [{key: 'name', width_px: 200, most_px: 500}, {key: 'kind', width_px: 100, priority: 3}, {key: 'count', width_px: 60, priority: 2}, {key: 'total', width_px: 150, most_px: 300}];
  const widths = (room_px) => room.wideRoom(shape, room_px).columns.map(({column, width_px}) => `${column.key} ${width_px}`);
  assert.deepEqual(widths(510), ['name 200', 'kind 100', 'count 60', 'total 150']);
  assert.deepEqual(widths(509), ['name 299', 'count 60', 'total 150']);
  assert.deepEqual(widths(400), ['name 250', 'total 150']);
  assert.deepEqual(widths(600), ['name 290', 'kind 100', 'count 60', 'total 150']);
  assert.deepEqual(widths(3000), ['name 500', 'kind 100', 'count 60', 'total 300']);
  assert.equal(room.wideRoom(shape, 3000).width_px, 960);
  assert.deepEqual(room.narrowRoom(shape).columns.map(({column, width_px}) => [column.key, width_px]), [['name', undefined], ['total', 150]]);
});

test('a selection survives the address', () => {
  const all = [
    {kind: 'step', number: 12}, {kind: 'step', number: -3, start_ns: 5}, {kind: 'slice', id: 77}, {kind: 'span', from_ns: -4, until_ns: 9},
    {kind: 'gap', device: 3, number: 12}, {kind: 'name', name: 'a:b/ç'}, {kind: 'path', names: ['forward:x', 'other:"y"']},
  ];
  for (const one of all) assert.deepEqual(selection.parseSelected(selection.formatSelected(one)), one);
  for (const text of ['', 'step:', 'step:x', 'slice:-1', 'span:3', 'gap:1', 'gap:-1.2', 'path:[1]', 'path:{', 'other:1']) assert.equal(selection.parseSelected(text), undefined, text);
});

function encode(head, bytes = 0, magic = 'TBC1') {
  const text = Buffer.from(JSON.stringify(head));
  const buffer = Buffer.alloc(8 + text.length + bytes);
  buffer.write(magic);
  buffer.writeUInt32LE(text.length, 4);
  text.copy(buffer, 8);
  return buffer;
}

test('binary columns are read in place, and what is broken is refused', () => {
  const head = {meta: {names: ['a']}, columns: [{name: 'start', type: 'f64', count: 2, offset: 256}, {name: 'depth', type: 'u8', count: 3, offset: 272}]};
  const bytes = Buffer.concat([encode(head), Buffer.alloc(400)]);
  bytes.writeDoubleLE(1.5, 256);
  bytes.writeDoubleLE(2e15, 264);
  bytes[274] = 9;
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const read = columns.decodeColumnTable(buffer);
  assert.deepEqual([...read.column('start', 'f64')], [1.5, 2e15]);
  assert.deepEqual([...read.column('depth', 'u8')], [0, 0, 9]);
  assert.deepEqual(read.meta, {names: ['a']});
  assert.throws(() => read.column('start', 'u8'), /is f64, not u8/);
  assert.throws(() => read.column('end', 'f64'), /no column "end"/);
  const slice = (made) => made.buffer.slice(made.byteOffset, made.byteOffset + made.length);
  assert.throws(() => columns.decodeColumnTable(slice(encode({}, 0, 'XXXX'))), /begins with/);
  assert.throws(() => columns.decodeColumnTable(new ArrayBuffer(3)), /ends inside/);
  assert.throws(() => columns.decodeColumnTable(slice(encode({columns: [{name: 'x', type: 'f64', count: 9, offset: 64}]}))), RangeError);
  assert.throws(() => columns.decodeColumnTable(slice(encode({columns: [{name: 'x', type: 'toString', count: 1, offset: 0}]}))), /unknown type/);
});

test('rows sort by several keys and ties keep their order', () => {
  const list = [{name: 'b', count: 1}, {name: 'a', count: 2}, {name: 'a', count: 1, late: true}, {name: 'a', count: 1}];
  const shape = [{key: 'name', kind: 'text', sortBy: (row) => row.name}, {key: 'count', kind: 'number', sortBy: (row) => row.count}];
  const sorted = table.sortRows(list, shape, [{key: 'name', descending: false}, {key: 'count', descending: true}]);
  assert.deepEqual(sorted, [list[1], list[2], list[3], list[0]]);
  assert.deepEqual(table.parseSort('-count.name.nothing', shape, []), [{key: 'count', descending: true}, {key: 'name', descending: false}]);
  assert.deepEqual(table.nextSort([], shape[1], false), [{key: 'count', descending: true}]);
});
