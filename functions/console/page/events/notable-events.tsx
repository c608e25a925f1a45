import { AgentLink } from '../agents/agent-link.tsx';
import type { AgentOverview, NotableEvent, WebhookOutcome } from '../data/api-types.ts';
import type { Tone } from '../labels.ts';
import { Badge } from '../ui/badge.tsx';
import { Panel } from '../ui/panel.tsx';
import { ShortList } from '../ui/short-list.tsx';
import { Sentence, Value } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';

const TONES: Readonly<Record<WebhookOutcome, Tone>> = {
  created: 'good',
  updated: 'good',
  restored: 'good',
  orphaned: 'warn',
  blocked: 'warn',
  skipped: 'calm',
  unchanged: 'calm',
  ignored: 'calm',
  invalid: 'bad',
  failed: 'bad',
  refused: 'bad',
};

interface NotableEventsProps {
  events: readonly NotableEvent[];
  agents: readonly AgentOverview[];
}

/** Events that changed something, were refused or failed. */
export function NotableEvents({ events, agents }: NotableEventsProps) {
  const names = new Map(agents.map(({ agent_id, name }) => [agent_id, name]));
  return (
    <Panel
      title="Notable events"
      about="The newest 200 that changed something or failed, 20 that were refused, and 20 that were invalid."
    >
      {events.length === 0 ? (
        <p class="empty">No event changed anything, and none was refused or failed.</p>
      ) : (
        <ShortList items={events} class="items">
          {({ received_at, event, outcome, agent_id, detail }) => (
            <li key={`${received_at} ${event} ${agent_id} ${detail}`}>
              <Badge tone={TONES[outcome]} word={outcome} quiet />
              <div>
                {agent_id !== null && <AgentLink agent_id={agent_id} name={names.get(agent_id) ?? agent_id} />}
                <p>
                  <Sentence text={detail} />
                </p>
              </div>
              <span class="muted">
                <Value text={event} /> · <Time at={received_at} exact />
              </span>
            </li>
          )}
        </ShortList>
      )}
    </Panel>
  );
}
