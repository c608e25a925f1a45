import type { Run } from '../../../shared/api/runs.ts';
import { LIMITS } from '../../../shared/contract.ts';
import { ago, counted } from './format.ts';
import { HELD, holdOf, RUN_KINDS } from './labels.ts';
import { FailureNotice, Notice } from './notice.tsx';
import { PlanLines } from './plan-view.tsx';
import type { Held, Operations } from './use-operations.ts';
import { goTo, href, type View } from './use-route.ts';

/** What came of the last operation, and the guard, while it holds something back. */
export function OutcomeNotice({
  operations,
  runs,
  view,
}: {
  operations: Operations;
  runs: readonly Run[];
  view: View;
}) {
  const { outcome, busy, dismiss } = operations;
  if (outcome?.failure) return <FailureNotice failure={outcome.failure} onDismiss={dismiss} />;
  if (outcome?.held) return <HeldNotice held={outcome.held} operations={operations} />;
  const last = lastComparison(runs);
  const held = lastSync(runs);
  if (busy === null && outcome?.operation !== 'dry_run' && held?.status === 'held')
    return <EarlierHeld run={held} operations={operations} />;
  if (busy === null && outcome === null && last?.status === 'failed') return <EarlierFailure run={last} />;
  const { report = null, audit = null } = outcome ?? {};
  if (audit !== null) {
    const title = `Checked: health ${audit.health_score}, ${counted(audit.discrepancies.length, 'thing')} out of step`;
    return <Notice tone={audit.discrepancies.length === 0 ? 'good' : 'warn'} title={title} onDismiss={dismiss} />;
  }
  if (report === null || view === 'operations') return null;
  return (
    <Notice tone={report.partial ? 'warn' : 'good'} title={report.message} onDismiss={dismiss}>
      <p>
        <a href={href('operations')}>Show line by line</a>
      </p>
    </Notice>
  );
}

/** Held, it waits for a person until a later one is not. */
function lastSync(runs: readonly Run[]): Run | undefined {
  return runs.find(({ kind }) => kind === 'sync' || kind === 'scheduled');
}

/** The newest run that asked Retell about everything, and has ended: what the page shows is no newer. */
function lastComparison(runs: readonly Run[]): Run | undefined {
  return runs.find(({ kind, status }) => COMPARISONS.has(kind) && status !== 'running');
}

const COMPARISONS: ReadonlySet<Run['kind']> = new Set(['sync', 'scheduled', 'audit']);

function EarlierFailure({ run }: { run: Run }) {
  return (
    <Notice
      tone="bad"
      title={`${RUN_KINDS[run.kind]} failed ${ago(run.started_at, Date.now())}: what is shown is from before`}
    >
      <p>{run.message}</p>
      <p>
        <a href={href('runs', String(run.id))}>Show the run</a>
      </p>
    </Notice>
  );
}

function HeldNotice({ held, operations }: { held: Held; operations: Operations }) {
  const foreign = held.code === 'account_mismatch';
  return (
    <Notice
      tone="warn"
      title={foreign ? 'This looks like another Retell account' : 'The guard holds back the orphaning'}
    >
      <p>{held.error}</p>
      <p>
        {foreign
          ? 'Check RETELL_API_KEY before anything else. Go on only if the account was changed on purpose.'
          : 'If these agents are really gone, confirm it. If not, check RETELL_API_KEY and INTERVIEW_NAME_PATTERNS.'}
      </p>
      <PlanLines group="orphaned" entries={held.agents} />
      <div class="actions">
        <button
          type="button"
          class="button danger"
          disabled={operations.busy !== null}
          onClick={() => void operations.run('confirm', held.plan)}
        >
          {foreign ? 'Take this account, and orphan' : 'Orphan'} {heldWord(held.agents.length)}
        </button>
        <button type="button" class="button quiet" onClick={operations.dismiss}>
          Leave them active
        </button>
      </div>
    </Notice>
  );
}

/** The list is cut, the notice's text has the whole number. */
function heldWord(listed: number): string {
  if (listed >= LIMITS.answerListEntries) return 'all of them';
  return listed === 1 ? 'this one' : `these ${listed}`;
}

function EarlierHeld({ run, operations }: { run: Run; operations: Operations }) {
  const show = () => {
    goTo('operations');
    void operations.run('dry_run');
  };
  return (
    <Notice tone="warn" title={HELD[holdOf(run)].title}>
      <p>{HELD[holdOf(run)].meaning}</p>
      <div class="actions">
        <button type="button" class="button" onClick={show}>
          Show what it holds back
        </button>
      </div>
    </Notice>
  );
}
