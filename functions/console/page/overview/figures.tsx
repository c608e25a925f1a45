import { href } from '../routing/route.ts';
import { count, counted } from '../ui/format.ts';
import type { AgentStats } from './stats.ts';

interface FiguresProps {
  stats: AgentStats;
  /** Count at the last check; null before the first. */
  inRetell: number | null;
}

/** Counts, each linked to the list that it counts. */
export function Figures({ stats, inRetell }: FiguresProps) {
  const { active, inSync, skipped, outOfSync, orphans } = stats;
  return (
    <dl class="panel figures">
      <Figure
        name="Agents in Retell"
        value={inRetell}
        address={href('agents')}
        note={`${counted(active, 'interviewer')}, ${count(skipped)} skipped`}
      />
      <Figure
        name="In sync"
        value={inRetell === null ? null : inSync}
        address={href('agents', { state: 'in_step' })}
        note={`of ${counted(active, 'active interviewer')}`}
      />
      <Figure
        name="Out of sync"
        value={inRetell === null ? null : outOfSync}
        address={href('agents', { state: 'out_of_step' })}
        note={outOfSync === 0 ? 'nothing to fix' : 'listed below'}
      />
      <Figure
        name="Orphans"
        value={orphans}
        address={href('agents', { state: 'orphaned' })}
        note={orphans === 0 ? 'nothing to clean up' : 'can be cleaned up'}
      />
    </dl>
  );
}

interface FigureProps {
  name: string;
  /** null before the first check. */
  value: number | null;
  address: string;
  note: string;
}

function Figure({ name, value, address, note }: FigureProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <a href={address}>{value === null ? '–' : count(value)}</a>
        <span class="muted">{value === null ? 'not counted yet' : note}</span>
      </dd>
    </div>
  );
}
