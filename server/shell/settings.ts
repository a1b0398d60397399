/** What this browser keeps for its user: theme, widths, folded lists. Lost without harm. */
const PREFIX = 'tbprof.';

export function readSetting(name: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + name) ?? undefined;
  } catch {
    return undefined; // storage is forbidden in this browser
  }
}

export function writeSetting(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // Storage is forbidden or full: the choice holds until the page is closed.
  }
}
