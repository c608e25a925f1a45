import type { ComponentChildren } from 'preact';
import { AgentName } from '../agents/agent-link.tsx';
import { OpenInRetell } from '../agents/open-in-retell.tsx';
import type { AgentOverview } from '../data/api-types.ts';
import { AGENT_STATES } from '../labels.ts';
import { Badge } from '../ui/badge.tsx';
import { Modal } from '../ui/modal.tsx';
import { Value } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';

const TITLE = 'compare-title';

/** Agents side by side, as last seen, to decide which of them keeps the name. */
export function CompareAgents({ agents, onClose }: { agents: readonly AgentOverview[]; onClose: () => void }) {
  return (
    <Modal shape="dialog" labelledBy={TITLE} onClose={onClose}>
      <h2 id={TITLE}>Compare {agents.length} agents</h2>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it */}
      <section class="scrolls" aria-label="Agents side by side" tabIndex={0}>
        <table class="sides">
          <tbody>
            {ROWS.map(({ name, cell }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {agents.map((agent) => (
                  <td key={agent.agent_id}>{cell(agent)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <button type="button" class="secondary" onClick={onClose}>
        Close
      </button>
    </Modal>
  );
}

interface Row {
  readonly name: string;
  readonly cell: (agent: AgentOverview) => ComponentChildren;
}

const text = (value: string | null) => (value === null ? '–' : <Value text={value} />);

const ROWS: readonly Row[] = [
  { name: 'Name', cell: (agent) => <AgentName {...agent} /> },
  { name: 'Id', cell: ({ agent_id }) => <code>{text(agent_id)}</code> },
  { name: 'State', cell: ({ state }) => <Badge {...AGENT_STATES[state]} quiet /> },
  { name: 'Voice', cell: ({ voice_id }) => text(voice_id) },
  { name: 'Language', cell: ({ language }) => text(language) },
  {
    name: 'Last changed',
    cell: ({ last_synced_at }) => (last_synced_at === null ? '–' : <Time at={last_synced_at} />),
  },
  { name: 'Dashboard', cell: ({ agent_id, name }) => <OpenInRetell agent_id={agent_id} name={name} /> },
];
