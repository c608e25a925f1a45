/** The header, the current view, and the dialogs that open over any view. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useFollow } from '../data/queries.ts';
import { OutcomeNotice } from '../operations/outcome-notice.tsx';
import { Progress } from '../operations/progress.tsx';
import { useRoute } from '../routing/navigation.ts';
import type { View } from '../routing/route.ts';
import { CurrentView } from '../views.tsx';
import { Connection } from './connection.tsx';
import { Header } from './header.tsx';
import { Palette } from './palette.tsx';
import { ShortcutsHelp, useShortcuts } from './shortcuts.tsx';
import { useTab } from './tab.ts';

type Help = 'keys' | 'palette' | null;

export function Console({ onForget }: { onForget: (() => void) | null }) {
  const { view } = useRoute();
  const [help, setHelp] = useState<Help>(null);
  useFollow();
  useShortcuts(
    () => setHelp('keys'),
    () => setHelp('palette'),
  );
  useTab(view);
  useViewChange(view);
  return (
    <>
      <Header view={view} onForget={onForget} onPalette={() => setHelp('palette')} />
      <main id="main">
        <Connection />
        <Progress />
        <OutcomeNotice />
        <CurrentView view={view} />
      </main>
      {help === 'keys' && <ShortcutsHelp onClose={() => setHelp(null)} />}
      {help === 'palette' && <Palette onClose={() => setHelp(null)} />}
    </>
  );
}

/** Moves the focus to the heading when the view changes, so that screen readers announce it. */
function useViewChange(view: View): void {
  const shown = useRef(view);
  // useEffect would run after the next frame, and could take the focus from a field that is already in use.
  useLayoutEffect(() => {
    if (shown.current === view) return;
    shown.current = view;
    scrollTo(0, 0);
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  }, [view]);
}
