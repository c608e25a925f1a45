/** The component of each view. */
import type { ComponentType } from 'preact';
import { Agents } from './agents/agents.tsx';
import { ApiDocument } from './api-document.tsx';
import { Events } from './events/events.tsx';
import { Operations } from './operations/operations.tsx';
import { Overview } from './overview/overview.tsx';
import type { View } from './routing/route.ts';
import { Runs } from './runs/runs.tsx';
import { Settings } from './settings/settings.tsx';

const COMPONENTS: Readonly<Record<View, ComponentType>> = {
  overview: Overview,
  agents: Agents,
  runs: Runs,
  operations: Operations,
  events: Events,
  settings: Settings,
  api: ApiDocument,
};

export function CurrentView({ view }: { view: View }) {
  const Component = COMPONENTS[view];
  return <Component />;
}
