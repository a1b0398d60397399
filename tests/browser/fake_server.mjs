// A server with the real one's routes and content policy and made answers, for states that a real
// recording does not bring about at will: slow, failing, silent, growing, hostile.
import {createHash} from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import {makePreview} from './made_data.mjs';

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; " +
  "worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const TYPES = {'.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml'};
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export class FakeServer {
  catalogue = {version: '1', runs: [], captures: [], problems: []};
  environment = {version: '0', data_location: '/data/runs', window_title: ''};
  /** Route name after /data/plugin/ or /data/ to a function of the parameters that gives JSON, or a promise of it. */
  answers = new Map();
  /** Answers 401 to everything below /data. */
  isLocked = false;
  sockets = new Set();

  constructor(pageFolder, prefix = '/') {
    this.pageFolder = pageFolder;
    this.prefix = prefix;
    this.http = http.createServer((request, response) => this.answer(request, response));
    this.http.on('upgrade', (request, socket) => this.upgrade(request, socket));
  }

  async start(port = 0) {
    await new Promise((resolve) => this.http.listen(port, '127.0.0.1', resolve));
    this.port = this.http.address().port;
    this.url = `http://127.0.0.1:${this.port}${this.prefix}`;
    return this;
  }

  async stop() {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  setCaptures(captures) {
    const names = [...new Set(captures.map((capture) => capture.run))];
    const runs = names.map((name) => ({name, has_events: false, captures: captures.filter((one) => one.run === name).map((one) => one.id)}));
    this.catalogue = {version: String(Number(this.catalogue.version) + 1), runs, captures, problems: []};
  }

  push(message) {
    const text = Buffer.from(JSON.stringify(message));
    const head = text.length < 126 ? Buffer.from([0x81, text.length]) : Buffer.from([0x81, 126, text.length >> 8, text.length & 255]);
    for (const socket of this.sockets) socket.write(Buffer.concat([head, text]));
  }

  answer(request, response) {
    const url = new URL(request.url, 'http://localhost');
    if (!url.pathname.startsWith(this.prefix)) return this.send(response, 404, {error: 'There is no such route.'});
    const name = url.pathname.slice(this.prefix.length);
    if (name.startsWith('data/')) return this.answerData(name.slice('data/'.length), url.searchParams, response);
    const file = path.join(this.pageFolder, name || 'index.html');
    if (!fs.existsSync(file)) return this.send(response, 404, {error: 'There is no such file.'});
    response.writeHead(200, {'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': POLICY});
    response.end(fs.readFileSync(file));
  }

  async answerData(name, params, response) {
    if (this.isLocked) return this.send(response, 401, {error: 'A token is needed.'});
    if (name === 'captures') return this.send(response, 200, this.catalogue);
    if (name === 'environment') return this.send(response, 200, this.environment);
    const answer = this.answers.get(name.replace(/^plugin\//, '')) ?? ofLoading(name);
    if (!answer) return this.send(response, 404, {error: `There is no route ${name}.`});
    const value = await answer(params);
    if (value?.error) return this.send(response, 500, value);
    return this.send(response, 200, value);
  }

  send(response, status, value) {
    response.writeHead(status, {'Content-Type': 'application/json', 'Content-Security-Policy': POLICY});
    response.end(JSON.stringify(value));
  }

  upgrade(request, socket) {
    const accept = createHash('sha1').update(request.headers['sec-websocket-key'] + WEBSOCKET_GUID).digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => this.sockets.delete(socket));
  }
}

// A page that waits for its first answer asks how far the capture is.
function ofLoading(name) {
  if (/^capture\/[^/]+\/loading$/.test(name)) return () => ({loading: false});
  if (/^capture\/[^/]+\/preview$/.test(name)) return makePreview;
  return undefined;
}
