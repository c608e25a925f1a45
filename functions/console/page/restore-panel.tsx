import { useState } from 'preact/hooks';
import type { AgentOverview } from '../../../shared/api/agents.ts';
import { RestoreReport } from '../../../shared/api/cleanup.ts';
import { type Asked, post } from './api-client.ts';
import { counted } from './format.ts';
import { FailureNotice } from './notice.tsx';

/** Shown at once, and restored at once. */
const SHOWN = 100;

/** Brings back what a cleanup took out. */
export function RestorePanel({ agents, done }: { agents: readonly AgentOverview[]; done: () => Promise<void> }) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState(false);
  const [asked, setAsked] = useState<Asked<RestoreReport> | null>(null);
  const restorable = agents.filter((agent) => agent.restorable);
  const toggle = (agent_id: string, on: boolean) => {
    const others = [...chosen].filter((id) => id !== agent_id);
    setChosen(new Set(on ? [...others, agent_id] : others));
  };
  const restore = async () => {
    setBusy(true);
    setAsked(await post('/api/audit-agents', RestoreReport, { action: 'restore', agent_ids: [...chosen] }));
    setChosen(new Set());
    await done();
    setBusy(false);
  };
  return (
    <section class="panel" aria-labelledby="restore">
      <header class="panel-head">
        <div>
          <h2 id="restore">Restore</h2>
          <p class="muted">
            Brings interviewers that a cleanup took out back under their old id, as orphans. The next sync makes those
            active whose agents are in Retell.
          </p>
        </div>
        {restorable.length > 0 && (
          <button type="button" class="button" disabled={busy || chosen.size === 0} onClick={() => void restore()}>
            Restore {chosen.size === 0 ? 'the chosen' : counted(chosen.size, 'interviewer')}
          </button>
        )}
      </header>
      {asked?.ok === false && <FailureNotice failure={asked.failure} />}
      {asked?.ok && <Restored report={asked.value} />}
      {restorable.length === 0 ? (
        <p class="empty">There is nothing to restore.</p>
      ) : (
        <ul class="choices">
          {restorable.slice(0, SHOWN).map(({ agent_id, name, reason }) => (
            <li key={agent_id}>
              <label>
                <input
                  type="checkbox"
                  checked={chosen.has(agent_id)}
                  onChange={(event) => toggle(agent_id, event.currentTarget.checked)}
                />
                <span>
                  <strong class="name">{name}</strong>
                  <span class="muted">{reason}</span>
                </span>
              </label>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Restored({ report }: { report: RestoreReport }) {
  return (
    <div role="status">
      <p>{report.message}.</p>
      <ul class="advice">
        {report.restored_agents
          .filter(({ outcome }) => outcome !== 'restored')
          .map(({ agent_id, name, reason }) => (
            <li key={agent_id}>
              {name}: {reason}
            </li>
          ))}
      </ul>
    </div>
  );
}
