import { useInfiniteQuery } from '@tanstack/preact-query';
import { AgentLink } from '../agents/agent-link.tsx';
import type { AuditLogEntry, Run } from '../data/api-types.ts';
import { runLog } from '../data/queries.ts';
import { hintOf } from '../data/request-error.ts';
import { BLOCKS, blockedText, blockOf, RUN_KINDS, RUN_STATUSES, type Tone, TRIGGERS } from '../labels.ts';
import { Badge } from '../ui/badge.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Fact } from '../ui/fact.tsx';
import { count, duration } from '../ui/format.ts';
import { QueryNotice } from '../ui/notice.tsx';
import { Sentence } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { changesText } from './fold-runs.ts';
import { RunLink } from './run-link.tsx';
import { UndoRun } from './undo-run.tsx';

/** One run with its log, or its progress while it runs. */
export function RunDetails({ id, titleId }: { id: string; titleId: string }) {
  const log = useInfiniteQuery(runLog(id));
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = log;
  const first = data?.pages[0];
  const entries = data?.pages.flatMap(({ audit_logs }) => audit_logs) ?? [];
  return (
    <>
      <h2 id={titleId}>Run {id}</h2>
      <QueryNotice query={log} what="the run" />
      {first !== undefined && (
        <>
          <Summary run={first.run} />
          <UndoRun key={first.run.id} run={first.run} />
          <h3>Log</h3>
          <Log entries={entries} running={first.run.status === 'running'} />
          {hasNextPage && (
            <button
              type="button"
              class="secondary small"
              disabled={isFetchingNextPage}
              onClick={() => void fetchNextPage()}
            >
              Show more ({count(first.total - entries.length)} left)
            </button>
          )}
        </>
      )}
    </>
  );
}

function Summary({ run }: { run: Run }) {
  const isSync = run.error_code === 'orphan_guard' || run.error_code === 'account_mismatch';
  const block = run.status === 'held' && isSync ? BLOCKS[blockOf(run.error_code)] : null;
  return (
    <>
      <p class="verdict">
        <Badge {...RUN_STATUSES[run.status]} />{' '}
        <span>
          <Sentence text={messageOf(run)} />
        </span>
      </p>
      {block !== null && (
        <p class="muted">
          {block.meaning} {block.advice}
        </p>
      )}
      {block === null && <Hint run={run} />}
      {run.status === 'running' && <RunProgress run={run} />}
      <RunFacts run={run} />
    </>
  );
}

/** What to do about a failure. */
function Hint({ run: { error_code, hint } }: { run: Run }) {
  const text = hintOf({ code: error_code ?? '', hint: hint ?? '' });
  if (text === null || text === '') return null;
  return (
    <p>
      <Sentence text={text} />
    </p>
  );
}

function RunFacts({ run }: { run: Run }) {
  return (
    <dl class="facts">
      <Fact name="Kind">
        {RUN_KINDS[run.kind]} · {TRIGGERS[run.trigger]}
      </Fact>
      <Fact name="Started">
        <Time at={run.started_at} exact />
      </Fact>
      <Fact name="Took">{duration(run.duration_ms)}</Fact>
      <Fact name="Calls to Retell">{count(run.retell_calls)}</Fact>
      <Fact name="Health">{run.health_score ?? 'not scored'}</Fact>
      {run.undoes !== null && (
        <Fact name="Undoes">
          <RunLink id={run.undoes}>run {run.undoes}</RunLink>
        </Fact>
      )}
      <FailureFacts run={run} />
    </dl>
  );
}

function FailureFacts({ run: { error_code, blocked, request_id } }: { run: Run }) {
  return (
    <>
      {blocked !== null && <Fact name="Blocked">{blockedText(error_code, blocked)} for a confirmation</Fact>}
      {error_code !== null && (
        <Fact name="Error code">
          <code>{error_code}</code> <CopyButton text={error_code} what="error code" />
        </Fact>
      )}
      {request_id !== null && (
        <Fact name="Request">
          <code>{request_id}</code> <CopyButton text={request_id} what="request id" />
        </Fact>
      )}
    </>
  );
}

/** Prefers counts to the service's message, whose plurals may be wrong. */
function messageOf(run: Run): string {
  const changes = changesText(run);
  return run.status === 'succeeded' && changes !== '' ? `${changes}.` : (run.message ?? '');
}

function RunProgress({ run: { phase, progress_done, progress_total } }: { run: Run }) {
  const known = progress_total !== null && progress_total > 0;
  return (
    <p>
      {phase}
      {known && `, ${count(progress_done ?? 0)} of ${count(progress_total)}`}
      <progress
        aria-label="Progress of the run"
        {...(known ? { value: progress_done ?? 0, max: progress_total } : {})}
      />
    </p>
  );
}

const TONES: Readonly<Record<AuditLogEntry['status'], Tone>> = { synced: 'good', skipped: 'calm', error: 'bad' };

function Log({ entries, running }: { entries: readonly AuditLogEntry[]; running: boolean }) {
  if (entries.length === 0) return <p class="empty">{running ? 'Written when the run ends.' : 'No changes.'}</p>;
  return (
    <ol class="items rules">
      {entries.map(({ agent_id, name, action, status, reason }) => (
        <li key={`${agent_id} ${action} ${reason}`}>
          <Badge tone={action === 'orphaned' ? 'warn' : TONES[status]} word={action.replaceAll('_', ' ')} quiet />
          <span>
            <AgentLink agent_id={agent_id} name={name} />
            <span class="muted">
              <Sentence text={reason} />
            </span>
          </span>
        </li>
      ))}
    </ol>
  );
}
