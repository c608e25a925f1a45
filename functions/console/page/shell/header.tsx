import { href, VIEWS, type View } from '../routing/route.ts';
import { chooseTheme, THEMES, useTheme } from './theme.ts';
import { VIEW_TITLES } from './view-titles.ts';

interface HeaderProps {
  view: View;
  /** null: no token is in use. */
  onForget: (() => void) | null;
  onPalette: () => void;
}

export function Header({ view, onForget, onPalette }: HeaderProps) {
  return (
    <header class="top">
      <a class="skip" href="#main" onClick={skipToMain}>
        Skip to the content
      </a>
      <a class="wordmark" href={href('overview')}>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M6 13h3.500v6H6zM14.250 7h3.500v18h-3.500zM22.500 11H26v10h-3.500z" />
        </svg>
        Voice agent sync
      </a>
      <nav aria-label="Views">
        {VIEWS.map((name) => (
          <a key={name} href={href(name)} aria-current={name === view ? 'page' : undefined}>
            {VIEW_TITLES[name]}
          </a>
        ))}
      </nav>
      <div class="tools">
        <button type="button" class="small quiet" aria-keyshortcuts="Control+K" onClick={onPalette}>
          Go to <kbd>Ctrl K</kbd>
        </button>
        <ThemeSwitch />
        {onForget && (
          <button type="button" class="small quiet" onClick={onForget}>
            Forget token
          </button>
        )}
      </div>
    </header>
  );
}

function ThemeSwitch() {
  const { chosen } = useTheme();
  const next = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length] ?? 'system';
  return (
    <button
      type="button"
      class="small quiet"
      aria-label={`Theme: ${chosen}. Switch to ${next}`}
      title={`Theme: ${chosen}`}
      onClick={() => chooseTheme(next)}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={SHAPES[chosen]} />
      </svg>
    </button>
  );
}

/** A half-filled circle, a sun, a moon. */
const SHAPES = {
  system: 'M8 2.500a5.500 5.500 0 1 0 0 11zM8 2.500a5.500 5.500 0 0 1 0 11',
  light:
    'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  dark: 'M13 9.500A5.500 5.500 0 0 1 6.500 3a5.500 5.500 0 1 0 6.500 6.500z',
} as const;

/** The fragment names the view, so the link cannot use it. */
function skipToMain(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('main h1')?.focus();
}
