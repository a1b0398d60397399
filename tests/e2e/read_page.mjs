// Reads the overview of captures in a real browser. Each line of standard input is an address,
// each line of standard output what the page shows there: {rows, unit, figures, banners}.
import {createInterface} from 'node:readline';
import {chromium} from 'playwright-core';

const FLAGS = ['--no-sandbox', '--disable-accelerated-2d-canvas', '--disable-gpu-rasterization'];

function shown() {
  const text = (node) => node?.textContent.replace(/\s+/g, ' ').trim() ?? '';
  const table = document.querySelector('.step-table table');
  return {
    unit: text(table.querySelector('thead th:nth-child(2)')),
    rows: [...table.querySelectorAll('tbody tr')].map((row) => [
      text(row.querySelector('td:nth-child(1)')), text(row.querySelector('td:nth-child(2)')),
      text(row.querySelector('td:last-child'))]),
    page: text(document.body),
  };
}

const browser = await chromium.launch({executablePath: process.env.TBPROF_CHROMIUM, args: FLAGS});
const context = await browser.newContext();
for await (const address of createInterface({input: process.stdin})) {
  const page = await context.newPage();
  try {
    await page.goto(address);
    await page.waitForSelector('.step-table tbody tr', {timeout: 30000});
    console.log(JSON.stringify(await page.evaluate(shown)));
  } catch (error) {
    console.log(JSON.stringify({error: String(error)}));
  }
  await page.close();
}
await browser.close();
