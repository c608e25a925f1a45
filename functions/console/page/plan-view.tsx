import type { ReportEntry, SyncReport } from '../../../shared/api/sync.ts';
import { count, counted, duration, readable } from './format.ts';
import { href } from './use-route.ts';

type Group = 'created' | 'restored' | 'updated' | 'pushed' | 'conflicts' | 'orphaned' | 'errors' | 'skipped';

interface Shown {
  /** As in a diff. */
  readonly sign: string;
  readonly planned: string;
  readonly done: string;
  readonly tone: 'plus' | 'change' | 'minus' | 'error' | 'calm';
}

const GROUPS: Readonly<Record<Group, Shown>> = {
  created: { sign: '+', planned: 'Interviewers to create', done: 'Interviewers created', tone: 'plus' },
  restored: { sign: '+', planned: 'Orphans to bring back', done: 'Orphans brought back', tone: 'plus' },
  updated: { sign: '~', planned: 'Interviewers to update', done: 'Interviewers updated', tone: 'change' },
  pushed: { sign: '~', planned: 'Changes that go to Retell', done: 'Changes that went to Retell', tone: 'change' },
  conflicts: { sign: '!', planned: 'Conflicts', done: 'Conflicts', tone: 'change' },
  orphaned: { sign: '−', planned: 'Interviewers to orphan', done: 'Interviewers orphaned', tone: 'minus' },
  errors: { sign: '×', planned: 'Could not be read', done: 'Could not be read', tone: 'error' },
  skipped: { sign: '·', planned: 'Skipped', done: 'Skipped', tone: 'calm' },
};

const ORDER = Object.keys(GROUPS).filter((name): name is Group => name in GROUPS);

/** What a sync did, or with a dry run would do: as a diff, with the reason of each line. */
export function PlanView({ report }: { report: SyncReport }) {
  const groups = ORDER.filter((group) => report.counts[group] > 0);
  const changes = groups.filter((group) => group !== 'skipped');
  return (
    <div class="plan">
      {changes.length === 0 && (
        <p class="empty">{report.dry_run ? 'A sync would change nothing.' : 'There was nothing to change.'}</p>
      )}
      {groups.map((group) => (
        <PlanGroup key={group} group={group} report={report} />
      ))}
      <p class="muted fine">
        {counted(report.unchanged, 'interviewer')} unchanged · {counted(report.retell_calls, 'call')} to Retell ·{' '}
        {duration(report.duration_ms)}
        {report.run_id === null ? ' · nothing was written' : ''}
      </p>
    </div>
  );
}

function PlanGroup({ group, report }: { group: Group; report: SyncReport }) {
  const { planned, done } = GROUPS[group];
  const entries: readonly ReportEntry[] = report[group];
  const title = (
    <>
      {report.dry_run ? planned : done} <span class="chip-count">{count(report.counts[group])}</span>
    </>
  );
  const lines = <PlanLines group={group} entries={entries} />;
  const cut = report.counts[group] - entries.length;
  const rest = cut > 0 && <p class="muted fine">And {count(cut)} more, which the answer leaves out.</p>;
  if (group === 'skipped') {
    return (
      <details>
        <summary>{title}</summary>
        {lines}
        {rest}
      </details>
    );
  }
  return (
    <section>
      <h3>{title}</h3>
      {lines}
      {rest}
    </section>
  );
}

/** Lines of a diff: sign, name, and from what to what or on which evidence. */
export function PlanLines({ group, entries }: { group: Group; entries: readonly ReportEntry[] }) {
  const { sign, tone } = GROUPS[group];
  return (
    <ul class={`diff ${tone}`}>
      {entries.map(({ agent_id, name, reason }) => (
        <li key={`${agent_id} ${reason}`}>
          <span class="sign" aria-hidden="true">
            {sign}
          </span>
          <a class="name" href={href('agents', agent_id ?? undefined)}>
            {name}
          </a>
          <span class="reason">{readable(reason)}</span>
        </li>
      ))}
    </ul>
  );
}
