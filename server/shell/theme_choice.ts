/** Light or dark: the system's, until the user chooses; the choice is kept on this browser. */
import {forgetTheme, isDark} from '../../plugins/_kit/theme';
import {readSetting, writeSetting} from './settings';

const KEY = 'theme';

/** Applies what was chosen earlier and calls back at each change from then on. */
export function startTheme(changed: () => void): {toggle(): void} {
  const chosen = readSetting(KEY);
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset['theme'] = chosen;
  const tell = (): void => {
    forgetTheme();
    changed();
  };
  for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)']) matchMedia(query).addEventListener('change', tell);
  return {
    toggle() {
      const next = isDark() ? 'light' : 'dark';
      // Back to what the system shows is no choice: the system is followed again.
      const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
      if (next === system) delete document.documentElement.dataset['theme'];
      else document.documentElement.dataset['theme'] = next;
      writeSetting(KEY, next === system ? undefined : next);
      tell();
    },
  };
}
