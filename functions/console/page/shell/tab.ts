/** The tab shows the state, so that it is seen while another tab is open. */
import { useQuery } from '@tanstack/preact-query';
import { useEffect, useMemo } from 'preact/hooks';
import type { SyncState } from '../data/api-types.ts';
import { agents, status } from '../data/queries.ts';
import { headline } from '../overview/headline.ts';
import { agentStats } from '../overview/stats.ts';
import type { View } from '../routing/route.ts';
import { VIEW_TITLES } from './view-titles.ts';

export interface TabState {
  readonly state: SyncState;
  readonly score: number | null;
}

const SIGNS: Readonly<Record<SyncState, string>> = {
  in_sync: '✓',
  out_of_sync: '●',
  needs_confirmation: '!',
  unknown: '?',
};

const COLOURS: Readonly<Record<SyncState, string>> = {
  in_sync: '#17703f',
  out_of_sync: '#b3261e',
  needs_confirmation: '#8a5300',
  unknown: '#5a616c',
};

/** `● 75 · Agents · Voice agent sync`. The score of an unknown state is an old one, so it is left out. */
export function tabTitle(view: string, tab: TabState | null): string {
  const score = tab?.score === undefined || tab.score === null || tab.state === 'unknown' ? [] : [String(tab.score)];
  const state = tab === null ? [] : [[SIGNS[tab.state], ...score].join(' ')];
  return [...state, view, 'Voice agent sync'].join(' · ');
}

/** The address of the icon, an image in its own text. */
export function tabIcon(state: SyncState): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="${COLOURS[state]}"/><path d="M7 13h3v6H7zM14.500 8h3v16h-3zM22 11h3v10h-3z" fill="white"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** Shows the state in the tab's title and icon. */
export function useTab(view: View): void {
  const state = useTabState();
  useEffect(() => {
    document.title = tabTitle(VIEW_TITLES[view], state);
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
    if (icon !== null && state !== null) icon.href = tabIcon(state.state);
  }, [view, state]);
}

/** null: not loaded yet. */
function useTabState(): TabState | null {
  const { data: loaded } = useQuery(status);
  const { data: listed } = useQuery(agents);
  return useMemo(() => {
    if (loaded === undefined || listed === undefined) return null;
    return { state: headline(loaded, agentStats(listed)).state, score: loaded.health_score };
  }, [loaded, listed]);
}
