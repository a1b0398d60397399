// Bundles the page: `node server/bundle.mjs OUTDIR [--depfile FILE] [--root DIR]`.
// Finds every plugins/<name>/panel.ts by itself (folders that begin with _ are not plugins), so
// that adding or deleting a dashboard edits no list. Writes index.html, icon.svg, one style sheet,
// one main script and one script for each panel, all flat in OUTDIR and named by their content.
import {build} from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {readPanelHead} from './panel_head.mjs';

const HASHED = /-[A-Z0-9]{8}\.(js|css)$/;

function parseArguments(list) {
  const options = {root: path.resolve(fileURLToPath(import.meta.url), '../..')};
  for (let i = 0; i < list.length; i++) {
    if (list[i] === '--depfile') options.depfile = list[++i];
    else if (list[i] === '--root') options.root = path.resolve(list[++i]);
    else options.out = path.resolve(list[i]);
  }
  if (!options.out) throw new Error('Say where to write: node server/bundle.mjs OUTDIR');
  return options;
}

function findPlugins(root) {
  const folder = path.join(root, 'plugins');
  return fs
    .readdirSync(folder, {withFileTypes: true})
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
    .map((entry) => ({id: entry.name, folder: path.join(folder, entry.name)}))
    .filter((plugin) => fs.existsSync(path.join(plugin.folder, 'panel.ts')))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

// The tabs are known from the heads; a panel's own code is loaded when it is opened.
function listModule(plugins) {
  const entries = plugins.map((plugin) => {
    const file = path.join(plugin.folder, 'panel.ts');
    const head = JSON.stringify(readPanelHead(file));
    return `  {id: ${JSON.stringify(plugin.id)}, ...${head}, load: () => import(${JSON.stringify(file)})},`;
  });
  return `export const panels = [\n${entries.join('\n')}\n];\n`;
}

// Kit first, then the frame, then each plugin's own sheets.
function styleModule(root, plugins) {
  const sheets = [path.join(root, 'plugins/_kit'), path.join(root, 'server/shell'), ...plugins.map((p) => p.folder)]
    .flatMap((folder) =>
      fs
        .readdirSync(folder)
        .filter((name) => name.endsWith('.css'))
        .sort((a, b) => Number(b === 'tokens.css') - Number(a === 'tokens.css') || (a < b ? -1 : 1))
        .map((name) => path.join(folder, name)),
    );
  return sheets.map((sheet) => `@import ${JSON.stringify(sheet)};`).join('\n');
}

function generatedModules(root, plugins) {
  const modules = {
    'tbprof:panels': {contents: listModule(plugins), loader: 'js', resolveDir: root},
    'tbprof:style': {contents: styleModule(root, plugins), loader: 'css', resolveDir: root},
  };
  return {
    name: 'generated',
    setup(esbuild) {
      esbuild.onResolve({filter: /^tbprof:/}, (question) => ({path: question.path, namespace: 'generated'}));
      esbuild.onLoad({filter: /.*/, namespace: 'generated'}, (question) => modules[question.path]);
    },
  };
}

function bundle(root, out, plugins) {
  return build({
    absWorkingDir: root,
    entryPoints: [
      {in: path.join(root, 'server/shell/main.ts'), out: 'main'},
      {in: 'tbprof:style', out: 'main'},
    ],
    outdir: out,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['chrome123', 'firefox120', 'safari17.5'],
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    metafile: true,
    logLevel: 'warning',
    plugins: [generatedModules(root, plugins)],
  });
}

function removeOld(out) {
  if (!fs.existsSync(out)) return;
  for (const name of fs.readdirSync(out)) if (HASHED.test(name)) fs.rmSync(path.join(out, name));
}

function writeIndex(root, out, outputs) {
  const names = Object.keys(outputs).map((file) => path.basename(file));
  const main = names.find((name) => /^main-.*\.js$/.test(name));
  const style = names.find((name) => /^main-.*\.css$/.test(name));
  const text = fs
    .readFileSync(path.join(root, 'server/shell/index.html'), 'utf8')
    .replace('main.css', style)
    .replace('main.js', main);
  fs.writeFileSync(path.join(out, 'index.html'), text);
  fs.copyFileSync(path.join(root, 'server/shell/icon.svg'), path.join(out, 'icon.svg'));
}

// For Ninja: which sources the page was made of.
function writeDepfile(depfile, root, out, inputs) {
  const sources = Object.keys(inputs)
    .filter((name) => !name.startsWith('generated:'))
    .map((name) => path.resolve(root, name).replaceAll(' ', '\\ '));
  const more = ['server/shell/index.html', 'server/shell/icon.svg'].map((name) => path.join(root, name));
  fs.writeFileSync(depfile, `${path.join(out, 'index.html')}: ${[...sources, ...more].join(' ')}\n`);
}

async function main() {
  const options = parseArguments(process.argv.slice(2));
  const plugins = findPlugins(options.root);
  fs.mkdirSync(options.out, {recursive: true});
  removeOld(options.out);
  const {inputs, outputs} = (await bundle(options.root, options.out, plugins)).metafile;
  writeIndex(options.root, options.out, outputs);
  if (options.depfile) writeDepfile(options.depfile, options.root, options.out, inputs);
}

try {
  await main();
} catch (error) {
  // esbuild has said already what is wrong with the sources.
  if (!error.errors) console.error(error.message);
  process.exitCode = 1;
}
