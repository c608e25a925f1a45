import type { Status } from '../../../shared/api/scheduled-sync.ts';
import { Mark } from './badge.tsx';
import { ago, count } from './format.ts';
import { HEALTH } from './labels.ts';
import { Loading } from './loading.tsx';
import { OutOfStep } from './out-of-sync.tsx';
import { type Figures as FiguresNow, figuresOf, healthSentence } from './stats.ts';
import { TrendPlot } from './trend-plot.tsx';
import type { ConsoleData } from './use-console-data.ts';
import type { Operations } from './use-operations.ts';

/** Whether all is well, and why not. */
export function Overview({ data, operations }: { data: ConsoleData; operations: Operations }) {
  const { status, agents } = data;
  if (status === null || agents === null) return data.failure === null ? <Loading what="the status" /> : null;
  const fresh = operations.outcome?.audit ?? null;
  const figures = figuresOf(agents);
  return (
    <>
      <section class="panel instrument" aria-label="Health">
        <Health status={status} figures={figures} operations={operations} />
        <TrendPlot trend={status.trend} />
      </section>
      <Figures status={status} figures={figures} />
      <OutOfStep status={status} agents={agents} audit={fresh} operations={operations} />
    </>
  );
}

function Health({ status, figures, operations }: { status: Status; figures: FiguresNow; operations: Operations }) {
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
      <p class="sentence">{healthSentence(status, figures)}</p>
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

function Figures({ status, figures }: { status: Status; figures: FiguresNow }) {
  const { summary, health_score } = status;
  const { active, linked, outOfStep, orphans } = figures;
  return (
    <dl class="panel figures">
      <Figure
        name="Agents in Retell"
        value={summary?.total_retell_agents}
        note={`${count(summary?.voice_enabled_retell_agents ?? 0)} with a voice`}
      />
      <Figure name="Active interviewers" value={active} note={`of ${count(linked)} linked`} />
      <Figure
        name="Out of step"
        value={health_score === null ? undefined : outOfStep}
        note={outOfStep === 0 ? 'nothing to mend' : 'listed below'}
      />
      <Figure name="Orphans" value={orphans} note={orphanNote(orphans)} />
    </dl>
  );
}

function orphanNote(orphans: number): string {
  if (orphans === 0) return 'nothing to clean up';
  return orphans === 1 ? 'waits for cleanup' : 'wait for cleanup';
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
