import { QueryClientProvider, useQuery, useQueryClient } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import { forgetToken, readToken } from './data/access-token.ts';
import { createQueryClient, status } from './data/queries.ts';
import { OperationsProvider } from './operations/use-operations.tsx';
import { RouteContext, useCurrentRoute } from './routing/navigation.ts';
import { Console } from './shell/console.tsx';
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
  const { error, isFetched } = useQuery(status);
  const startAgain = () => void queries.resetQueries();
  if (error?.status === 401) return <TokenGate refused={readToken() !== null} onToken={startAgain} />;
  // Not isPending, which each retry of a failed first request is: the console would go, and return with all its requests.
  if (!isFetched) return <Loading what="the page" />;
  return <Console onForget={readToken() === null ? null : () => (forgetToken(), startAgain())} />;
}
