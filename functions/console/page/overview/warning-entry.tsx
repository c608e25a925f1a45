import { type ComponentChildren, Fragment } from 'preact';
import { useState } from 'preact/hooks';
import { visibleText } from '../../../../shared/visible-text.ts';
import { AgentLink } from '../agents/agent-link.tsx';
import { OpenInRetell } from '../agents/open-in-retell.tsx';
import type { AgentOverview, Warning } from '../data/api-types.ts';
import { href } from '../routing/route.ts';
import { Badge } from '../ui/badge.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { count } from '../ui/format.ts';
import { Sentence } from '../ui/text.tsx';
import { statementIn, withoutIds } from './attention.ts';
import { CompareAgents } from './compare-agents.tsx';

const WORDS: Readonly<Record<Warning['code'], string>> = {
  unpublished_draft: 'Unpublished draft',
  duplicate_name: 'Duplicate name',
  recreated_agent: 'Re-created agent',
  webhooks_missing: 'Webhooks missing',
  webhook_elsewhere: 'Webhook elsewhere',
  name_conflict: 'Name conflict',
  required_columns: 'Required column',
  id_sequence: 'Id sequence',
  other_account: 'Other account',
  orphans_to_clean_up: 'Orphans',
};

interface WarningProps {
  warning: Warning;
  agents: readonly AgentOverview[];
}

/** In sync now, but likely to drift. */
export function WarningEntry({ warning, agents }: WarningProps) {
  const { code, agent_ids } = warning;
  const named = agent_ids.map((id) => agents.find(({ agent_id }) => agent_id === id) ?? { agent_id: id, name: id });
  return (
    <li>
      <Badge tone="warn" word={WORDS[code]} />
      <div>
        <NamedAgents agents={named} />
        <p class={named.length > 0 ? 'muted' : undefined}>
          <Sentence text={withoutIds(warning)} />
        </p>
      </div>
      <div class="actions">
        <Remedy warning={warning} agents={agents} />
      </div>
    </li>
  );
}

type Named = Pick<AgentOverview, 'agent_id' | 'name'>;

/** Agents that are named; the list of agents has the rest. */
const NAMED = 5;

function NamedAgents({ agents }: { agents: readonly Named[] }) {
  return (
    <>
      {agents.slice(0, NAMED).map(({ agent_id, name }, index) => (
        <Fragment key={agent_id}>
          {index > 0 && ', '}
          <AgentLink agent_id={agent_id} name={name} />
        </Fragment>
      ))}
      {agents.length > NAMED && <span class="muted"> and {count(agents.length - NAMED)} more</span>}
    </>
  );
}

/** The button that leads to what resolves the warning. */
function Remedy({ warning: { action, agent_ids, text }, agents }: WarningProps): ComponentChildren {
  const [first] = agent_ids;
  const concerned = agents.filter(({ agent_id }) => agent_ids.includes(agent_id));
  if (action === 'rename_agent') return <Compare word="Compare duplicates" agents={concerned} />;
  if (action === 'move_interviews') {
    return (
      <>
        <Compare word="Compare both" agents={concerned} />
        <a href={href('operations', { cleanup: 'preview' })}>Preview cleanup</a>
      </>
    );
  }
  if (action === 'check_webhook_url') return <a href={href('events')}>Show the events</a>;
  if (action === 'check_api_key') return <a href={href('settings')}>Show the settings</a>;
  if (action === 'preview_cleanup') return <a href={href('operations', { cleanup: 'preview' })}>Preview cleanup</a>;
  if (action === 'run_statement') {
    const statement = statementIn(text);
    return statement === null ? null : <CopyButton text={statement} what="statement" />;
  }
  if (first === undefined) return null;
  return <OpenInRetell agent_id={first} name={concerned[0]?.name ?? first} />;
}

function Compare({ word, agents }: { word: string; agents: readonly AgentOverview[] }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="secondary small"
        aria-label={`${word} of ${visibleText(agents[0]?.name ?? '')}`}
        onClick={() => setOpen(true)}
      >
        {word}
      </button>
      {open && <CompareAgents agents={agents} onClose={() => setOpen(false)} />}
    </>
  );
}
