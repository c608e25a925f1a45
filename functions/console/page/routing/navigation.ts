/** Reads and changes the address. */
import { createContext } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import { hrefWithDrawer, openDrawer, parseRoute, type Route } from './route.ts';

/**
 * Number of drawers opened since the view, so that closing goes back in the session history to the view itself.
 * null: the page was opened with a drawer, so the history holds no such entry.
 */
type Depth = number | null;

function depthOf(state: unknown): Depth | undefined {
  if (typeof state !== 'object' || state === null || !('depth' in state)) return undefined;
  return typeof state.depth === 'number' ? state.depth : null;
}

function keepDepth(depth: Depth): void {
  history.replaceState({ depth }, '');
}

/** Stores the depth of each entry of the session history. An entry without a depth is new: a link created it. */
export function startNavigation(): void {
  const startDepth = (): Depth => (openDrawer(currentRoute()) === null ? 0 : null);
  let current = depthOf(history.state) ?? startDepth();
  keepDepth(current);
  addEventListener('hashchange', () => {
    const known = depthOf(history.state);
    if (known !== undefined) current = known;
    else if (openDrawer(currentRoute()) === null) current = 0;
    else current = current === null ? null : current + 1;
    keepDepth(current);
  });
}

export function currentRoute(): Route {
  return parseRoute(location.hash);
}

export function goTo(address: string): void {
  location.hash = address;
}

/** Changes the address without adding an entry to the session history. */
export function replaceWith(address: string): void {
  history.replaceState(history.state, '', address);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

export function closeDrawer(): void {
  const depth = depthOf(history.state) ?? null;
  if (depth !== null && depth > 0) history.go(-depth);
  else replaceWith(hrefWithDrawer(currentRoute(), null));
}

/** The current route. */
export function useCurrentRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = () => setHash(location.hash);
    // The address may have changed since the first render.
    follow();
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return useMemo(() => parseRoute(hash), [hash]);
}

export const RouteContext = createContext<Route>({ view: 'overview', params: {} });

export function useRoute(): Route {
  return useContext(RouteContext);
}
