import { QueryClientProvider, useQuery, useQueryClient } from '@tanstack/preact-query';
import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Agents } from './agents/agents.tsx';
import { ApiDocument } from './api-document.tsx';
import { forgetToken, readToken } from './data/access-token.ts';
import { createQueryClient, status, useFollow } from './data/queries.ts';
import { Events } from './events/events.tsx';
import { Operations } from './operations/operations.tsx';
import { OutcomeNotice } from './operations/outcome-notice.tsx';
import { Progress } from './operations/progress.tsx';
import { OperationsProvider } from './operations/use-operations.tsx';
import { Overview } from './overview/overview.tsx';
import { RouteContext, useCurrentRoute, useRoute } from './routing/navigation.ts';
import type { View } from './routing/route.ts';
import { Runs } from './runs/runs.tsx';
import { Settings } from './settings/settings.tsx';
import { Connection } from './shell/connection.tsx';
import { Header } from './shell/header.tsx';
import { Palette } from './shell/palette.tsx';
import { ShortcutsHelp, useShortcuts } from './shell/shortcuts.tsx';
import { useTab } from './shell/tab.ts';
import { TokenGate } from './shell/token-gate.tsx';
import { Loading } from './ui/loading.tsx';

export function App() {
  const [queries] = useState(createQueryClient);
  const route = useCurrentRoute();
  return (
    <QueryClientProvider client={queries}>
      <RouteContext.Provider value={route}>
        <OperationsProvider>
          <Guarded />
        </OperationsProvider>
      </RouteContext.Provider>
    </QueryClientProvider>
  );
}

/** Sends no other request until the first one shows whether a token is needed. */
function Guarded() {
  const queries = useQueryClient();
  const { error, isPending } = useQuery(status);
  const startAgain = () => void queries.resetQueries();
  if (error?.status === 401) return <TokenGate refused={readToken() !== null} onToken={startAgain} />;
  if (isPending) return <Loading what="the page" />;
  return <Console onForget={readToken() === null ? null : () => (forgetToken(), startAgain())} />;
}

type Help = 'keys' | 'palette' | null;

function Console({ onForget }: { onForget: (() => void) | null }) {
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
  useEffect(() => {
    if (shown.current === view) return;
    shown.current = view;
    scrollTo(0, 0);
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  }, [view]);
}

const VIEW_COMPONENTS: Readonly<Record<View, ComponentType>> = {
  overview: Overview,
  agents: Agents,
  runs: Runs,
  operations: Operations,
  events: Events,
  settings: Settings,
  api: ApiDocument,
};

function CurrentView({ view }: { view: View }) {
  const Component = VIEW_COMPONENTS[view];
  return <Component />;
}
