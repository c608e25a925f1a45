/** The tab shows the state, so that it is visible while another tab is open. */
import { useQuery } from '@tanstack/preact-query';
import { useEffect, useMemo } from 'preact/hooks';
import type { SyncState } from '../data/api-types.ts';
import { agents, useStatus } from '../data/queries.ts';
import type { Tone } from '../labels.ts';
import { headline } from '../overview/headline.ts';
import { agentStats } from '../overview/stats.ts';
import type { View } from '../routing/route.ts';
import { VIEW_TITLES } from './view-titles.ts';

export interface TabState {
  readonly state: SyncState;
  /** The tone of the headline: in sync is green only if nothing is listed. */
  readonly tone: Tone;
  readonly score: number | null;
}

const SIGNS: Readonly<Record<SyncState, string>> = {
  in_sync: '✓',
  out_of_sync: '●',
  needs_confirmation: '!',
  unknown: '?',
};

const COLORS: Readonly<Record<Tone, string>> = {
  good: '#17703f',
  bad: '#b3261e',
  warn: '#8a5300',
  calm: '#5a616c',
  live: '#1f4bd8',
};

/** `● 75 · Agents · Voice agent sync`. The score of an unknown state is an old one, so it is left out. */
export function tabTitle(view: string, tab: TabState | null): string {
  const score = tab?.score === undefined || tab.score === null || tab.state === 'unknown' ? [] : [String(tab.score)];
  const state = tab === null ? [] : [[signOf(tab), ...score].join(' ')];
  return [...state, view, 'Voice agent sync'].join(' · ');
}

function signOf({ state, tone }: TabState): string {
  return state === 'in_sync' && tone !== 'good' ? '●' : SIGNS[state];
}

/** The address of the icon, an image that is contained in its own URL. */
export function tabIcon(tone: Tone): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="${COLORS[tone]}"/><path d="M7 13h3v6H7zM14.500 8h3v16h-3zM22 11h3v10h-3z" fill="white"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** Shows the state in the tab's title and icon. */
export function useTab(view: View): void {
  const state = useTabState();
  useEffect(() => {
    document.title = tabTitle(VIEW_TITLES[view], state);
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
    if (icon !== null && state !== null) icon.href = tabIcon(state.tone);
  }, [view, state]);
}

/** null: not loaded yet. */
function useTabState(): TabState | null {
  const loaded = useStatus();
  const { data: listed } = useQuery(agents);
  return useMemo(() => {
    if (loaded === undefined || listed === undefined) return null;
    const { state, label } = headline(loaded, agentStats(listed));
    return { state, tone: label.tone, score: loaded.health_score };
  }, [loaded, listed]);
}
