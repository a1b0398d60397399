// Opens the timeline of a capture on a real server, for its browser tests and its benchmark.
export async function json(server, route, params) {
  const response = await fetch(`${server.url}/data/plugin/timeline/${route}?${new URLSearchParams(params)}`);
  return {status: response.status, body: await response.json()};
}

export function address(server, capture, params = {}) {
  return `${server.url}/#/timeline?${new URLSearchParams({capture, ...params})}`;
}

/** Waits until the tracks are there and nothing more is being fetched. */
export async function timelineReady(page) {
  await page.waitForSelector('.timeline-labels [data-track]', {timeout: 30000});
  await settled(page);
}

export async function settled(page, quiet_ms = 350) {
  let last = -1;
  for (;;) {
    const now = await page.evaluate(() => performance.getEntriesByType('resource').length);
    if (now === last) return;
    last = now;
    await page.waitForTimeout(quiet_ms);
  }
}
