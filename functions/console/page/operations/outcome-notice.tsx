import { useQuery } from '@tanstack/preact-query';
import type { AuditReport, Run, SyncReport } from '../data/api-types.ts';
import { latestRuns } from '../data/queries.ts';
import { withoutStatusCode } from '../data/request-error.ts';
import { BLOCKS, blockOf, RUN_KINDS } from '../labels.ts';
import { useRoute } from '../routing/navigation.ts';
import { href } from '../routing/route.ts';
import { RunLink } from '../runs/run-link.tsx';
import { FailureNotice, Notice } from '../ui/notice.tsx';
import { Sentence } from '../ui/text.tsx';
import { currentNotice } from './current-notice.ts';
import { planSentence } from './plan-words.ts';
import { ReviewOrphans } from './review-orphans.tsx';
import { type Operations, useOperations } from './use-operations.tsx';

/** A blocked guard, a failed run, or the outcome of the last operation. */
export function OutcomeNotice() {
  const operations = useOperations();
  const { data: runs } = useQuery(latestRuns);
  const notice = currentNotice(operations, runs ?? []);
  if (notice === null) return null;
  if (notice.kind === 'blocked') return <BlockedNotice run={notice.run} />;
  if (notice.kind === 'failed_run') return <FailedRunNotice run={notice.run} />;
  if (notice.kind === 'failure') return <OperationFailure operations={operations} />;
  return <OutcomeOf operations={operations} />;
}

interface OperationProps {
  operations: Operations;
}

function OperationFailure({ operations: { error, at, dismiss } }: OperationProps) {
  return error === null ? null : <FailureNotice error={error} at={at} onDismiss={dismiss} />;
}

function OutcomeOf({ operations: { outcome, at, dismiss } }: OperationProps) {
  if (outcome?.kind === 'audit') return <AuditNotice audit={outcome.audit} at={at} onDismiss={dismiss} />;
  if (outcome?.kind === 'report') return <ReportNotice report={outcome.report} at={at} onDismiss={dismiss} />;
  if (outcome?.kind === 'blocked') return <BlockedFix at={at} onDismiss={dismiss} />;
  return null;
}

function BlockedFix({ at, onDismiss }: DoneProps) {
  return (
    <Notice tone="warn" title="The orphan guard blocked the change" at={at} onDismiss={onDismiss}>
      <p>
        Too many interviewers were orphaned within the hour. <a href={href('operations')}>A dry run</a> shows all that a
        sync would orphan, and lets you confirm them.
      </p>
    </Notice>
  );
}

function FailedRunNotice({ run }: { run: Run }) {
  return (
    <Notice
      tone="bad"
      title={`${RUN_KINDS[run.kind]} failed: the page shows what was known before`}
      at={run.started_at}
    >
      <p>
        <Sentence text={withoutStatusCode(run.message ?? '')} />
      </p>
      <p>
        <RunLink id={run.id}>Show the run</RunLink>
      </p>
    </Notice>
  );
}

interface DoneProps {
  at: number;
  onDismiss: () => void;
}

function AuditNotice({ audit, at, onDismiss }: DoneProps & { audit: AuditReport }) {
  const found = audit.discrepancies.length;
  const title = `Checked: health ${audit.health_score}, ${found === 0 ? 'everything in sync' : `${found} out of sync`}.`;
  return <Notice tone={found === 0 ? 'good' : 'warn'} title={title} at={at} onDismiss={onDismiss} />;
}

function ReportNotice({ report, at, onDismiss }: DoneProps & { report: SyncReport }) {
  // The view shows the whole report.
  if (useRoute().view === 'operations') return null;
  return (
    <Notice tone={report.partial ? 'warn' : 'good'} title={planSentence(report)} at={at} onDismiss={onDismiss}>
      <p>
        <a href={href('operations')}>Show each change</a>
      </p>
    </Notice>
  );
}

/** Shown until a later sync is not blocked. */
function BlockedNotice({ run }: { run: Run }) {
  const { title, meaning, advice } = BLOCKS[blockOf(run.error_code)];
  // The overview lists it under Needs attention.
  if (useRoute().view === 'overview') return null;
  return (
    <Notice tone="warn" title={title} at={run.started_at}>
      <p>{meaning}</p>
      <p>{advice}</p>
      <div class="actions">
        <ReviewOrphans />
        <RunLink id={run.id}>Show the run</RunLink>
      </div>
    </Notice>
  );
}
