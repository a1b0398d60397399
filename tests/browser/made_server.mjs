// A bundled page on a server with made answers, ready to be opened.
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {FakeServer} from './fake_server.mjs';
import {makeCapture, makeReport, makeTable, makeTree, twoDevices} from './made_data.mjs';

export const root = path.resolve(fileURLToPath(import.meta.url), '../../..');

export function bundlePage(sourceRoot = root) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tbprof-page-'));
  execFileSync(process.execPath, [path.join(sourceRoot, 'server/bundle.mjs'), folder], {stdio: 'inherit'});
  return folder;
}

// Three captures: "whole" with devices and losses, "growing", "killed".
export async function startMadeServer(page, prefix = '/') {
  const server = await new FakeServer(page, prefix).start();
  server.reports = {
    whole: makeReport({devices: twoDevices, losses: madeLosses()}),
    growing: makeReport({state: 'live'}),
    killed: makeReport({state: 'cut'}),
  };
  server.table = makeTable();
  server.setCaptures(madeCaptures());
  const reportOf = (params) => server.reports[params.get('capture')] ?? {error: 'There is no such capture.'};
  server.answers.set('overview/report', reportOf);
  server.answers.set('ranges/table', (params) => ({...server.table, losses: reportOf(params).losses ?? []}));
  server.answers.set('ranges/tree', (params) => makeTree(server.table, params.getAll('path')));
  return server;
}

export function madeLosses() {
  return [{
    kind: 'buffer_full', label: 'full buffers', count: 312, from_ns: 4e8, until_ns: 5e8,
    detail: '312 events were not recorded because the buffer of the thread was full.', meaning: 'The figures hold for what was kept.',
  }];
}

export function madeCaptures() {
  return [
    makeCapture('whole', {start_unix_ms: 1763728300000, modified_ms: 1763728300000}),
    makeCapture('growing', {run: 'cnn/live', state: 'live', start_unix_ms: 1763728200000, modified_ms: 1763728200000}),
    makeCapture('killed', {run: 'cnn/killed', state: 'cut', state_detail: 'The program ended at 2 412.7 ms without closing the recording.', start_unix_ms: 1763728100000, modified_ms: 1763728100000}),
  ];
}

export function removeFolder(folder) {
  fs.rmSync(folder, {recursive: true, force: true});
}
