// Serves a log directory with the real binary. Whoever starts a server stops it.
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const ROOT = path.resolve(fileURLToPath(import.meta.url), '../../..');
export const TRACES = path.join(ROOT, '../shared/data/traces');

export function findBinary() {
  const file = process.env.TBPROF_BINARY ?? path.join(ROOT, 'build/cli/tbprof');
  return fs.existsSync(file) ? file : undefined;
}

/** A log directory with these files: {run: file}. */
export function makeLogdir(runs) {
  const logdir = fs.mkdtempSync(path.join(os.tmpdir(), 'tbprof_browser_'));
  for (const [run, file] of Object.entries(runs)) {
    fs.mkdirSync(path.join(logdir, run));
    fs.copyFileSync(file, path.join(logdir, run, path.basename(file).replace(/\.json/, '.pt.trace.json').replace('.pt.trace.pt.trace', '.pt.trace')));
  }
  return logdir;
}

/** Starts `tbprof serve`; resolves when its address is known. */
export function serve(logdir) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'tbprof_home_'));
  const child = spawn(findBinary(), ['serve', '--logdir', logdir, '--port', '0', '--auth', 'none'], {
    stdio: ['ignore', 'pipe', 'pipe'], env: {...process.env, HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home},
  });
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`The server did not start:\n${text}`)), 20000);
    const read = (data) => {
      text += data;
      const url = /https?:\/\/[^\s]+/.exec(text)?.[0];
      if (!url) return;
      clearTimeout(timer);
      resolve({url: url.replace(/\/$/, ''), logdir, stop: () => stop(child, home, logdir)});
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', (code) => reject(new Error(`The server ended with ${code}:\n${text}`)));
  });
}

async function stop(child, home, logdir) {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
  for (const folder of [home, logdir]) if (folder.startsWith(os.tmpdir())) fs.rmSync(folder, {recursive: true, force: true});
}

/** Capture ids by run. */
export async function captures(server) {
  const answer = await (await fetch(`${server.url}/data/captures`)).json();
  return Object.fromEntries(answer.captures.map((capture) => [capture.run, capture.id]));
}
