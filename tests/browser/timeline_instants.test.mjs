// Marks of a recorded program: what it said of one besides its name is shown where the pointer is on it.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import path from 'node:path';
import {findBinary} from './real_server.mjs';
import {timelineOf} from './timeline_page.mjs';

// As NVTX's own headers do it: the recorder fills a table of functions, which the program calls.
const PROGRAM = `
import ctypes, os, struct, time
from ctypes import CFUNCTYPE, POINTER, addressof, c_char_p, c_int, c_uint32, c_void_p
tbprof = ctypes.CDLL(os.environ['NVTX_INJECTION64_PATH'])
CORE, CORE2, MARK, CREATE = 1, 5, 1, 12
functions = {module: (c_void_p * 16)() for module in (CORE, CORE2)}
tables = {module: (c_void_p * 16)(*[addressof(slots) + 8 * i for i in range(16)]) for module, slots in functions.items()}

@CFUNCTYPE(c_int, c_uint32, POINTER(c_void_p), POINTER(c_uint32))
def module_functions(module, table, size):
    table[0], size[0] = addressof(tables[module]), 16
    return 1

callbacks = (c_void_p * 2)(16, ctypes.cast(module_functions, c_void_p))
export_table = CFUNCTYPE(c_void_p, c_uint32)(lambda _: addressof(callbacks))
assert tbprof.InitializeInjectionNvtx2(export_table) == 1
create = CFUNCTYPE(c_void_p, c_char_p)(functions[CORE2][CREATE])
mark = CFUNCTYPE(None, c_void_p, c_char_p)(functions[CORE2][MARK])
name = ctypes.create_string_buffer(b'queue full')
INT64, ASCII = 2, 1
attributes = struct.pack('=HHIiIiiqixxxxQ', 3, 48, 0, 0, 0, INT64, 0, 1234567, ASCII, addressof(name))
tbprof.tbprof_range_begin(b'work', 0)
time.sleep(0.02)
mark(create(b'loader'), attributes)
time.sleep(0.02)
tbprof.tbprof_range_end()
`;
const {check, open} = timelineOf({}, (logdir) => {
  execFileSync(findBinary(), ['run', '--quiet', '--logdir', logdir, '--name', 'marks', '--', 'python3', '-c', PROGRAM]);
});

check('a mark says what the program said of it', async () => {
  const {page, close} = await open('marks');
  const [label, picture] = [await page.locator('[data-track^="t"]').first().boundingBox(), await page.locator('.timeline-picture').boundingBox()];
  let tip = '';
  for (let x = 0.4 * picture.width; x < picture.width && !tip.includes('instant at'); x += 4) {
    await page.mouse.move(picture.x + x, label.y - 2);
    if (await page.locator('.tip').isVisible()) tip = await page.locator('.tip').innerText();
  }
  assert.match(tip.replaceAll(/\s/g, ' '), /^queue full instant at [\d .]+ms domain loader payload 1 234 567$/);
  if (process.env.TBPROF_SCREENSHOTS) await page.screenshot({path: path.join(process.env.TBPROF_SCREENSHOTS, 'timeline_instant.png')});
  await close();
});
