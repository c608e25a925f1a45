import { useState } from 'preact/hooks';
import { Agents } from './agents.tsx';
import { ApiDocument } from './api-document.tsx';
import { FailureNotice } from './notice.tsx';
import { Operations } from './operations.tsx';
import { OutcomeNotice } from './outcome-notice.tsx';
import { Overview } from './overview.tsx';
import { Progress } from './progress.tsx';
import { Runs } from './runs.tsx';
import { forgetToken, readToken } from './session-token.ts';
import { TokenGate } from './token-gate.tsx';
import { useConsoleData } from './use-console-data.ts';
import { useOperations } from './use-operations.ts';
import { href, type Route, useRoute, VIEWS, type View } from './use-route.ts';

const TITLES: Readonly<Record<View, string>> = {
  overview: 'Overview',
  agents: 'Agents',
  runs: 'Runs',
  operations: 'Operations',
  api: 'API',
};

/** Starts again from nothing when a token was entered. */
export function App() {
  const [tokens, setTokens] = useState(0);
  return <Console key={tokens} onToken={() => setTokens(tokens + 1)} />;
}

function Console({ onToken }: { onToken: () => void }) {
  const route = useRoute();
  const data = useConsoleData();
  const operations = useOperations(data.refresh, data.watch);
  if (data.failure?.status === 401) return <TokenGate refused={readToken() !== null} onToken={onToken} />;
  return (
    <>
      <Header view={route.view} onLeave={readToken() === null ? null : () => (forgetToken(), onToken())} />
      <main id="main">
        {data.failure && <FailureNotice failure={data.failure} />}
        <Progress runs={data.runs} busy={operations.busy} />
        <OutcomeNotice operations={operations} runs={data.runs ?? []} view={route.view} />
        <CurrentView route={route} data={data} operations={operations} />
      </main>
    </>
  );
}

function Header({ view, onLeave }: { view: View; onLeave: (() => void) | null }) {
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
            {TITLES[name]}
          </a>
        ))}
      </nav>
      {onLeave && (
        <button type="button" class="button quiet small" onClick={onLeave}>
          Forget token
        </button>
      )}
    </header>
  );
}

/** The address names the view, so that it cannot also name a place in the page. */
function skipToMain(event: Event): void {
  event.preventDefault();
  const target = document.querySelector<HTMLElement>('main a, main button, main input');
  target?.focus();
}

interface CurrentViewProps {
  route: Route;
  data: ReturnType<typeof useConsoleData>;
  operations: ReturnType<typeof useOperations>;
}

function CurrentView({ route: { view, item }, data, operations }: CurrentViewProps) {
  if (view === 'agents') return <Agents data={data} item={item} />;
  if (view === 'runs') return <Runs data={data} item={item} />;
  if (view === 'operations') return <Operations data={data} operations={operations} refresh={data.refresh} />;
  if (view === 'api') return <ApiDocument />;
  return <Overview data={data} operations={operations} />;
}
