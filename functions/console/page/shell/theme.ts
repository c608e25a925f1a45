/** The theme: light, dark, or that of the system. The browser keeps the choice. */
import { useEffect, useState } from 'preact/hooks';
import { useMedia } from '../ui/use-media.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'voice-agent-sync.theme';
const CHANGED = 'themechange';

export function chosenTheme(): Theme {
  const kept = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === kept) ?? 'system';
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  applyTheme();
}

/** The stylesheet follows the attribute, otherwise the system. */
export function applyTheme(): void {
  const theme = chosenTheme();
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  dispatchEvent(new Event(CHANGED));
}

/** The choice, and the theme that results from it. */
export function useTheme(): { readonly chosen: Theme; readonly shown: Exclude<Theme, 'system'> } {
  const [chosen, setChosen] = useState(chosenTheme);
  const systemDark = useMedia('(prefers-color-scheme: dark)');
  useEffect(() => {
    const follow = () => setChosen(chosenTheme());
    addEventListener(CHANGED, follow);
    return () => removeEventListener(CHANGED, follow);
  }, []);
  const system = systemDark ? 'dark' : 'light';
  return { chosen, shown: chosen === 'system' ? system : chosen };
}
