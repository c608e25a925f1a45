import { AgentLink } from '../agents/agent-link.tsx';
import type { ReportEntry, SyncReport } from '../data/api-types.ts';
import { count, counted, duration } from '../ui/format.ts';
import { ShortList } from '../ui/short-list.tsx';
import { Sentence } from '../ui/text.tsx';
import { GROUPS, type Group } from './plan-words.ts';

interface GroupLabel {
  /** Sign of the line, as in a diff. */
  readonly sign: string;
  readonly planned: string;
  readonly done: string;
  readonly tone: 'plus' | 'change' | 'minus' | 'error' | 'calm';
}

const LABELS: Readonly<Record<Group, GroupLabel>> = {
  created: { sign: '+', planned: 'Interviewers to create', done: 'Interviewers created', tone: 'plus' },
  restored: { sign: '+', planned: 'Orphans to restore', done: 'Orphans restored', tone: 'plus' },
  updated: { sign: '~', planned: 'Interviewers to update', done: 'Interviewers updated', tone: 'change' },
  pushed: { sign: '~', planned: 'Changes to push to Retell', done: 'Changes pushed to Retell', tone: 'change' },
  conflicts: { sign: '!', planned: 'Conflicts', done: 'Conflicts', tone: 'change' },
  orphaned: { sign: '−', planned: 'Interviewers to orphan', done: 'Interviewers orphaned', tone: 'minus' },
  errors: { sign: '×', planned: 'Errors', done: 'Errors', tone: 'error' },
  skipped: { sign: '·', planned: 'Skipped', done: 'Skipped', tone: 'calm' },
};

/** Shows what a sync did, or would do, as a diff. */
export function PlanView({ report }: { report: SyncReport }) {
  const groups = GROUPS.filter((group) => report.counts[group] > 0);
  return (
    <div class="plan">
      {groups.map((group) => (
        <PlanGroup key={group} group={group} report={report} />
      ))}
      <p class="muted">
        {counted(report.unchanged, 'interviewer')} unchanged · {counted(report.retell_calls, 'call')} to Retell ·{' '}
        {duration(report.duration_ms)}
        {report.dry_run && ' · nothing was written'}
      </p>
    </div>
  );
}

function PlanGroup({ group, report }: { group: Group; report: SyncReport }) {
  const { planned, done } = LABELS[group];
  return (
    <details open={group !== 'skipped'}>
      <summary>
        {report.dry_run ? planned : done} <span class="muted">{count(report.counts[group])}</span>
      </summary>
      <PlanLines group={group} entries={report[group]} total={report.counts[group]} />
    </details>
  );
}

interface PlanLinesProps {
  group: Group;
  entries: readonly ReportEntry[];
  /** Length of the whole list, if `entries` is cut. */
  total: number;
}

/** Lines of a diff: sign, name and reason. */
export function PlanLines({ group, entries, total }: PlanLinesProps) {
  const { sign, tone } = LABELS[group];
  return (
    <ShortList items={entries} total={total} class={`items diff ${tone}`}>
      {({ agent_id, name, reason }) => (
        <li key={`${agent_id} ${reason}`}>
          <span class="sign" aria-hidden="true">
            {sign}
          </span>
          <div>
            <AgentLink agent_id={agent_id} name={name} />
            <span class="muted">
              <Sentence text={reason} />
            </span>
          </div>
        </li>
      )}
    </ShortList>
  );
}
