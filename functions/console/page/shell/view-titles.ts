import type { View } from '../routing/route.ts';

export const VIEW_TITLES: Readonly<Record<View, string>> = {
  overview: 'Overview',
  agents: 'Agents',
  runs: 'Runs',
  operations: 'Operations',
  events: 'Events',
  settings: 'Settings',
  api: 'API',
};
