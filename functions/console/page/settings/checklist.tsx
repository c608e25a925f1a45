import { useQuery } from '@tanstack/preact-query';
import { AgentLink } from '../agents/agent-link.tsx';
import type { ChecklistItem } from '../data/api-types.ts';
import { agents as agentsQuery, settings as settingsQuery } from '../data/queries.ts';
import type { Label } from '../labels.ts';
import { href } from '../routing/route.ts';
import { Badge } from '../ui/badge.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { count } from '../ui/format.ts';
import { Panel } from '../ui/panel.tsx';
import { ShortList } from '../ui/short-list.tsx';
import { Sentence } from '../ui/text.tsx';
import { openSetUp } from './open-set-up.ts';

const ITEMS: Readonly<Record<ChecklistItem['item'], string>> = {
  api_key: 'API key',
  database: 'Database',
  token: 'Access token',
  webhook: 'Webhook',
  agent_webhooks: "Agents' own webhooks",
  schedule: 'Schedule',
  alarm_mail: 'Alarm emails',
};

/** The whole checklist, for the settings. */
export function Checklist({ items }: { items: readonly ChecklistItem[] }) {
  return (
    <ul class="items">
      {items.map((item) => (
        <Item key={item.item} item={item} />
      ))}
    </ul>
  );
}

/** What is still to be set up, for the overview; absent once nothing is. */
export function OpenSetUp() {
  const { data } = useQuery(settingsQuery);
  const open = openSetUp(data?.checklist ?? []);
  if (open === null) return null;
  const note = `${count(open.done)} of ${count(open.needed)} done`;
  return (
    <Panel title="Set-up" note={note} actions={<a href={href('settings')}>Settings</a>}>
      <Checklist items={open.items} />
    </Panel>
  );
}

const WEBHOOK_ITEMS: ReadonlySet<ChecklistItem['item']> = new Set(['webhook', 'agent_webhooks']);

/** What prevents events from arriving; absent if no such problem is known. */
export function OpenWebhookSteps() {
  const { data } = useQuery(settingsQuery);
  const open = data?.checklist.filter(({ item, done }) => WEBHOOK_ITEMS.has(item) && done === false) ?? [];
  return open.length === 0 ? null : <Checklist items={open} />;
}

function Item({ item: { item, done, optional, text, agent_ids } }: { item: ChecklistItem }) {
  return (
    <li>
      <Badge {...labelOf(done, optional)} quiet />
      <div>
        <strong>{ITEMS[item]}</strong>
        <p>
          <Sentence text={`${text}.`} />
        </p>
        {item === 'webhook' && done !== true && <WebhookUrl />}
        {agent_ids.length > 0 && <Agents agent_ids={agent_ids} />}
      </div>
    </li>
  );
}

/** The URL to enter in Retell. */
export function WebhookUrl() {
  const { data } = useQuery(settingsQuery);
  if (data === undefined) return null;
  return (
    <>
      <code>{data.webhook_url}</code> <CopyButton text={data.webhook_url} what="webhook URL" />
    </>
  );
}

function labelOf(done: boolean | null, optional: true | undefined): Label {
  if (done === null) return { tone: 'calm', word: optional === true ? 'Optional' : 'Not known' };
  return done ? { tone: 'good', word: 'Done' } : { tone: 'warn', word: 'To do' };
}

function Agents({ agent_ids }: { agent_ids: readonly string[] }) {
  const { data: agents = [] } = useQuery(agentsQuery);
  const names = new Map(agents.map(({ agent_id, name }) => [agent_id, name]));
  return (
    <ShortList items={agent_ids} class="">
      {(agent_id) => (
        <li key={agent_id}>
          <AgentLink agent_id={agent_id} name={names.get(agent_id) ?? agent_id} />
        </li>
      )}
    </ShortList>
  );
}
