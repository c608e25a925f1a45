/** Parses and formats the address after `#/`: the view, its search, filter and order, and the open drawer. */

export const VIEWS = ['overview', 'agents', 'runs', 'operations', 'events', 'settings', 'api'] as const;
export type View = (typeof VIEWS)[number];

export type Params = Readonly<Record<string, string>>;

export interface Route {
  readonly view: View;
  readonly params: Params;
}

export type DrawerKind = 'agent' | 'run';

/** The agent or run whose drawer is open over the view. */
export interface OpenDrawer {
  readonly kind: DrawerKind;
  readonly id: string;
}

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const view = VIEWS.find((name) => name === path) ?? 'overview';
  return { view, params: Object.fromEntries(new URLSearchParams(query)) };
}

/** The address of a view; omits parameters without a value. */
export function href(view: View, params: Readonly<Record<string, string | null>> = {}): string {
  const given = Object.entries(params).filter(
    (entry): entry is [string, string] => entry[1] !== null && entry[1] !== '',
  );
  const query = new URLSearchParams(given).toString();
  return query === '' ? `#/${view}` : `#/${view}?${query}`;
}

export function openDrawer({ params }: Route): OpenDrawer | null {
  const { agent, run } = params;
  if (agent !== undefined) return { kind: 'agent', id: agent };
  return run === undefined ? null : { kind: 'run', id: run };
}

/** The same view with this drawer over it, or with none. */
export function hrefWithDrawer({ view, params }: Route, drawer: OpenDrawer | null): string {
  return href(view, { ...params, agent: null, run: null, ...(drawer === null ? {} : { [drawer.kind]: drawer.id }) });
}
