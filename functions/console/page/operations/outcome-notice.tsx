import { useQuery } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import type { AuditReport, Run, SyncReport } from '../data/api-types.ts';
import { latestRuns } from '../data/queries.ts';
import { BLOCKS, blockOf, RUN_KINDS } from '../labels.ts';
import { useRoute } from '../routing/navigation.ts';
import { href } from '../routing/route.ts';
import { RunLink } from '../runs/run-link.tsx';
import { FailureNotice, Notice } from '../ui/notice.tsx';
import { Sentence } from '../ui/text.tsx';
import { ConfirmOrphans } from './confirm-orphans.tsx';
import { type CurrentNotice, currentNotice } from './current-notice.ts';
import { planSentence } from './plan-words.ts';
import { type Operations, useOperations } from './use-operations.tsx';

/** The guard while it blocks, a run that failed, or what the last operation led to. */
export function OutcomeNotice() {
  const operations = useOperations();
  const { data: runs, error: unreachable } = useQuery(latestRuns);
  const notice = currentNotice(operations, runs ?? []);
  if (notice === null) return null;
  // The banner says so already.
  if (notice.kind === 'failure' && notice.error.status === 0 && unreachable?.status === 0) return null;
  return <NoticeOf notice={notice} operations={operations} />;
}

function NoticeOf({ notice, operations: { at, dismiss } }: { notice: CurrentNotice; operations: Operations }) {
  switch (notice.kind) {
    case 'failure':
      return <FailureNotice error={notice.error} at={at} onDismiss={dismiss} />;
    case 'blocked':
      return <BlockedNotice run={notice.run} />;
    case 'failed_run':
      return <FailedRunNotice run={notice.run} />;
    case 'audit':
      return <AuditNotice audit={notice.audit} at={at} onDismiss={dismiss} />;
    case 'report':
      return <ReportNotice report={notice.report} at={at} onDismiss={dismiss} />;
  }
}

function FailedRunNotice({ run }: { run: Run }) {
  return (
    <Notice
      tone="bad"
      title={`${RUN_KINDS[run.kind]} failed: the page shows what was known before`}
      at={run.started_at}
    >
      <p>
        <Sentence text={run.message ?? ''} />
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
  // Shown there in full.
  if (useRoute().view === 'operations') return null;
  return (
    <Notice tone={report.partial ? 'warn' : 'good'} title={planSentence(report)} at={at} onDismiss={onDismiss}>
      <p>
        <a href={href('operations')}>Show each change</a>
      </p>
    </Notice>
  );
}

/** Stays until a later sync is not blocked. */
function BlockedNotice({ run }: { run: Run }) {
  const [reviewing, setReviewing] = useState(false);
  const { start, busy } = useOperations();
  const { title, meaning, advice } = BLOCKS[blockOf(run.error_code)];
  const review = () => {
    setReviewing(true);
    start('dry_run');
  };
  return (
    <>
      <Notice tone="warn" title={title} at={run.started_at}>
        <p>{meaning}</p>
        <p>{advice}</p>
        <div class="actions">
          <button type="button" disabled={busy !== null} onClick={review}>
            Review
          </button>
          <RunLink id={run.id}>Show the run</RunLink>
        </div>
      </Notice>
      {reviewing && <ConfirmOrphans onClose={() => setReviewing(false)} />}
    </>
  );
}
