import { useEffect, useState } from 'preact/hooks';

export const VIEWS = ['overview', 'agents', 'runs', 'operations', 'api'] as const;
export type View = (typeof VIEWS)[number];

export interface Route {
  readonly view: View;
  /** The agent or run whose sheet is open. */
  readonly item: string | null;
}

/** What the address names after `#/`, so that an agent's sheet can be sent to a colleague. */
export function useRoute(): Route {
  const [route, setRoute] = useState(currentRoute);
  useEffect(() => {
    const follow = () => setRoute(currentRoute());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}

export function href(view: View, item?: string): string {
  return item === undefined ? `#/${view}` : `#/${view}/${encodeURIComponent(item)}`;
}

export function goTo(view: View, item?: string): void {
  location.hash = href(view, item);
}

function currentRoute(): Route {
  const [, name, item] = location.hash.split('/');
  const view = VIEWS.find((candidate) => candidate === name) ?? 'overview';
  return { view, item: item === undefined || item === '' ? null : decoded(item) };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
