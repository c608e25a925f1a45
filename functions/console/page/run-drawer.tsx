import { useState } from 'preact/hooks';
import { type Run, RunDetails } from '../../../shared/api/runs.ts';
import type { AuditLogEntry } from '../../../shared/api/sync.ts';
import { type Asked, get } from './api-client.ts';
import { Mark } from './badge.tsx';
import { Sheet } from './drawer.tsx';
import { count, dateTime, duration, readable } from './format.ts';
import { HELD, holdOf, RUN_KINDS, RUN_STATUSES, type Tone, TRIGGERS } from './labels.ts';
import { Loading } from './loading.tsx';
import { FailureNotice } from './notice.tsx';
import { useAsked } from './use-api.ts';
import { href } from './use-route.ts';

const PAGE = 200;

/** One run with its audit log. */
export function RunSheet({ id, onClose }: { id: string; onClose: () => void }) {
  const asked = useAsked(id, () => readLog(id, 0));
  return (
    <Sheet title={`Run ${id}`} onClose={onClose}>
      {asked === null && <Loading what="the run" />}
      {asked?.ok === false && <FailureNotice failure={asked.failure} />}
      {asked?.ok && <RunContent first={asked.value} />}
    </Sheet>
  );
}

function readLog(id: string, offset: number): Promise<Asked<RunDetails>> {
  return get(`/api/sync-runs/${encodeURIComponent(id)}?limit=${PAGE}&offset=${offset}`, RunDetails);
}

function RunContent({ first }: { first: RunDetails }) {
  const [pages, setPages] = useState([first]);
  const last = pages.at(-1) ?? first;
  const entries = pages.flatMap(({ audit_logs }) => audit_logs);
  const more = async (offset: number) => {
    const asked = await readLog(String(first.run.id), offset);
    if (asked.ok) setPages([...pages, asked.value]);
  };
  const { next } = last;
  return (
    <>
      <Facts run={first.run} />
      <h3>Log</h3>
      {entries.length === 0 ? (
        <p class="empty">Nothing changed in this run.</p>
      ) : (
        <ol class="log">
          {entries.map((entry) => (
            <LogEntry key={`${entry.agent_id} ${entry.action} ${entry.reason}`} entry={entry} />
          ))}
        </ol>
      )}
      {next !== null && (
        <button type="button" class="button small" onClick={() => void more(next)}>
          Show more ({count(first.total - entries.length)} left)
        </button>
      )}
    </>
  );
}

function Facts({ run }: { run: Run }) {
  const { word, tone } = RUN_STATUSES[run.status];
  return (
    <>
      <p class="verdict">
        <Mark tone={tone} word={word} />
        {readable(run.message ?? '')}
      </p>
      {run.status === 'held' && <p class="muted">{HELD[holdOf(run)].meaning}</p>}
      <dl class="facts">
        <dt>What</dt>
        <dd>
          {RUN_KINDS[run.kind]}, {TRIGGERS[run.trigger]}
        </dd>
        <dt>Began</dt>
        <dd>{dateTime(run.started_at)}</dd>
        <dt>Took</dt>
        <dd>{duration(run.duration_ms)}</dd>
        <dt>Calls to Retell</dt>
        <dd>{count(run.retell_calls)}</dd>
        <dt>Health</dt>
        <dd>{run.health_score ?? 'not scored'}</dd>
      </dl>
    </>
  );
}

const TONES: Readonly<Record<AuditLogEntry['status'], Tone>> = { synced: 'good', skipped: 'calm', error: 'bad' };

function LogEntry({ entry }: { entry: AuditLogEntry }) {
  return (
    <li>
      <Mark
        tone={entry.action === 'orphaned' ? 'warn' : TONES[entry.status]}
        word={entry.action.replaceAll('_', ' ')}
        quiet
      />
      <span>
        <a class="name" href={href('agents', entry.agent_id ?? undefined)}>
          {entry.name}
        </a>
        <span class="muted">{readable(entry.reason)}</span>
      </span>
    </li>
  );
}
