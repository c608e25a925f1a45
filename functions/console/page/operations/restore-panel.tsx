import { useMutation, useQuery, useQueryClient } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import { AgentName } from '../agents/agent-link.tsx';
import type { AgentOverview, RestoreReport } from '../data/api-types.ts';
import { client } from '../data/client.ts';
import { agents as agentsQuery } from '../data/queries.ts';
import { count, counted } from '../ui/format.ts';
import { FailureNotice } from '../ui/notice.tsx';
import { Panel } from '../ui/panel.tsx';
import { Sentence, Value } from '../ui/text.tsx';
import { type ActionCommand, Commands } from './commands.tsx';
import { quoted } from './curl-line.ts';

/** Entries listed at once. */
const SHOWN = 100;

/** Restores what a cleanup archived or marked as deleted. */
export function RestorePanel() {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const queries = useQueryClient();
  const { data: restorable = [] } = useQuery({ ...agentsQuery, select: chooseRestorable });
  const {
    mutate,
    data: report,
    ...restoring
  } = useMutation({
    mutationFn: client.restore,
    onSuccess: () => setChosen(new Set()),
    onSettled: () => queries.invalidateQueries(),
  });
  const restore = (
    <button
      type="button"
      class="secondary"
      disabled={restoring.isPending || chosen.size === 0}
      onClick={() => mutate([...chosen])}
    >
      Restore {chosen.size === 0 ? 'selected' : counted(chosen.size, 'interviewer')}
    </button>
  );
  return (
    <Panel
      title="Restore"
      about="Brings interviewers that a cleanup took out back under their old id, as orphans. The next sync activates those whose agents are in Retell."
      actions={restorable.length > 0 && restore}
    >
      {restoring.error !== null && <FailureNotice error={restoring.error} at={restoring.submittedAt} />}
      {report !== undefined && <Restored report={report} />}
      {restorable.length === 0 ? (
        <p class="empty">Nothing to restore: no interviewer is out of use by a cleanup.</p>
      ) : (
        <Choices agents={restorable} chosen={chosen} onChoose={setChosen} />
      )}
    </Panel>
  );
}

function restoreCommand(agent_ids: readonly string[]): ActionCommand {
  const cli = `restore ${agent_ids.map(quoted).join(' ')}`;
  return { what: 'the restore', path: 'api/audit-agents', body: { action: 'restore', agent_ids }, cli };
}

function chooseRestorable(agents: readonly AgentOverview[]): readonly AgentOverview[] {
  return agents.filter(({ restorable }) => restorable);
}

interface ChoicesProps {
  agents: readonly AgentOverview[];
  chosen: ReadonlySet<string>;
  onChoose: (chosen: ReadonlySet<string>) => void;
}

function Choices({ agents, chosen, onChoose }: ChoicesProps) {
  const toggle = (agent_id: string) =>
    onChoose(chosen.has(agent_id) ? chosen.difference(new Set([agent_id])) : chosen.union(new Set([agent_id])));
  return (
    <>
      <ul class="items">
        {agents.slice(0, SHOWN).map(({ agent_id, name, reason }) => (
          <li key={agent_id}>
            <label>
              <input type="checkbox" checked={chosen.has(agent_id)} onChange={() => toggle(agent_id)} />
              <strong>
                <AgentName agent_id={agent_id} name={name} />
              </strong>{' '}
              <span class="muted">
                <Sentence text={reason} />
              </span>
            </label>
          </li>
        ))}
      </ul>
      {agents.length > SHOWN && (
        <p class="muted">{count(agents.length - SHOWN)} more follow once these are restored.</p>
      )}
      {chosen.size > 0 && <Commands actions={[restoreCommand([...chosen])]} />}
    </>
  );
}

function Restored({ report }: { report: RestoreReport }) {
  return (
    <div role="status">
      <p>{report.message}.</p>
      <ul>
        {report.restored_agents
          .filter(({ outcome }) => outcome !== 'restored')
          .map(({ agent_id, name, reason }) => (
            <li key={agent_id}>
              <Value text={name} />: <Sentence text={reason} />
            </li>
          ))}
      </ul>
    </div>
  );
}
