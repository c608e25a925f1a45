import type { AgentOverview } from '../answers/agents.ts';
import type { Status } from '../answers/history.ts';
import { ago, count } from './format.ts';
import { Loading } from './loading.tsx';
import { Mark } from './mark.tsx';
import { OutOfStep } from './out-of-step.tsx';
import { TrendPlot } from './trend-plot.tsx';
import type { ConsoleData } from './use-console-data.ts';
import type { Operations } from './use-operations.ts';
import { HEALTH, healthSentence } from './words.ts';

/** Whether all is well, and why not. */
export function Overview({ data, operations }: { data: ConsoleData; operations: Operations }) {
  const { status, agents } = data;
  if (status === null || agents === null) return data.failure === null ? <Loading what="the status" /> : null;
  const fresh = operations.outcome?.audit ?? null;
  return (
    <>
      <section class="panel instrument" aria-label="Health">
        <Health status={status} operations={operations} />
        <TrendPlot trend={status.trend} />
      </section>
      <Figures status={status} agents={agents} />
      <OutOfStep status={status} agents={agents} audit={fresh} operations={operations} />
    </>
  );
}

function Health({ status, operations }: { status: Status; operations: Operations }) {
  const { health_score, health_status, last_check } = status;
  const word = health_status === null ? null : HEALTH[health_status];
  const busy = operations.busy !== null;
  return (
    <div class="health">
      <h1 class="muted">Health</h1>
      <p class="score">
        <span class="number">{health_score ?? '–'}</span>
        {word && <Mark tone={word.tone} word={word.word} />}
      </p>
      <p class="sentence">{healthSentence(status)}</p>
      <div class="actions">
        <button type="button" class="button primary" disabled={busy} onClick={() => void operations.run('sync')}>
          Sync now
        </button>
        <button type="button" class="button" disabled={busy} onClick={() => void operations.run('check')}>
          Check again
        </button>
      </div>
      <p class="muted fine">{last_check === null ? 'Never checked' : `Checked ${ago(last_check, Date.now())}`}</p>
    </div>
  );
}

function Figures({ status, agents }: { status: Status; agents: readonly AgentOverview[] }) {
  const { summary } = status;
  const orphans = agents.filter(({ state }) => state === 'orphaned').length;
  return (
    <dl class="panel figures">
      <Figure
        name="Agents in Retell"
        value={summary?.total_retell_agents}
        note={`${count(summary?.voice_enabled_retell_agents ?? 0)} with a voice`}
      />
      <Figure
        name="Active interviewers"
        value={summary?.active_database_agents}
        note={`of ${count(summary?.total_database_agents ?? 0)} linked`}
      />
      <Figure
        name="Out of step"
        value={status.discrepancies ?? undefined}
        note={status.discrepancies === 0 ? 'nothing to mend' : 'listed below'}
      />
      <Figure name="Orphans" value={orphans} note={orphans === 0 ? 'nothing to clean up' : 'wait for cleanup'} />
    </dl>
  );
}

function Figure({ name, value, note }: { name: string; value: number | undefined; note: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span class="figure">{value === undefined ? '–' : count(value)}</span>
        <span class="muted fine">{value === undefined ? 'not counted yet' : note}</span>
      </dd>
    </div>
  );
}
