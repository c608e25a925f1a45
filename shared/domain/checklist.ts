/** The set-up checklist: what works, judged by the stored last runs and events. */
import type { ChecklistItem, DatabaseInUse } from '../api/settings.ts';
import { counted } from '../text.ts';
import type { Agent } from './agent.ts';
import { webhookProblem } from './agent-webhook.ts';

export interface ChecklistFacts {
  /** The newest finished run that called Retell; null: not yet. */
  readonly last_run: { readonly error_code: string | null; readonly agents: number | null } | null;
  readonly database: DatabaseInUse;
  readonly token_set: boolean;
  readonly on_lambda: boolean;
  readonly last_webhook: string | null;
  /** Whether the webhook URL is of this machine, which Retell cannot reach. */
  readonly is_local: boolean;
  /** Agents of active interviewers that have their own webhook. */
  readonly own_webhooks: readonly Pick<Agent, 'agent_id' | 'webhook_url' | 'webhook_events'>[];
  readonly schedule_ms: number | null;
  readonly last_scheduled_run: Date | null;
  /** The newest sync of a start; null: there was none, as on AWS. */
  readonly last_start: Date | null;
  readonly now: Date;
}

/** Ids that the checklist lists. */
const MAX_IDS = 1_000;

export function checklistOf(facts: ChecklistFacts): readonly ChecklistItem[] {
  const items = [apiKey(facts), database(facts), token(facts), webhook(facts), agentWebhooks(facts), schedule(facts)];
  return facts.on_lambda ? [...items, alarmMail()] : items;
}

function entry(item: ChecklistItem['item'], done: boolean | null, text: string): ChecklistItem {
  return { item, done, text, agent_ids: [] };
}

/** The service may not ask SNS whether the alarm emails are confirmed. */
function alarmMail(): ChecklistItem {
  const text =
    'Alarm emails are sent once the email from AWS Notifications is confirmed: then Amazon SNS shows the subscription as Confirmed';
  return entry('alarm_mail', null, text);
}

function apiKey({ last_run }: ChecklistFacts): ChecklistItem {
  if (last_run === null) return entry('api_key', null, 'No run has asked Retell yet: run a sync');
  if (last_run.error_code === 'retell_unauthorized') {
    return entry('api_key', false, 'Retell refuses the API key: set RETELL_API_KEY to a key of the account');
  }
  if (last_run.error_code === 'account_mismatch') {
    return entry('api_key', false, "The key is another account's: none of its agents has an interviewer");
  }
  if (last_run.error_code !== null && last_run.agents === null) {
    return entry('api_key', null, 'The last run says nothing about the key: see its error');
  }
  const agents = last_run.agents === null ? '' : `: ${counted(last_run.agents, 'agent')} in the account`;
  return entry('api_key', true, `Retell accepts the key${agents}`);
}

/** A cleanup deletes; everything else needs the first three. */
const NEEDED_RIGHTS = ['select', 'insert', 'update', 'delete'];

function database({ database: { database, schema, role, rights } }: ChecklistFacts): ChecklistItem {
  const missing = NEEDED_RIGHTS.filter((right) => !rights.includes(right));
  const used = `The service uses ${schema}.interviewer in the database ${database} as ${role}`;
  if (missing.length === 0) return entry('database', true, `${used}, which may ${rights.join(', ')}`);
  return entry('database', false, `${used}, which may not ${missing.join(', ')}: run shared/db/service-role.sql`);
}

function token({ token_set, on_lambda }: ChecklistFacts): ChecklistItem {
  if (token_set) return entry('token', true, 'Requests need the token');
  const text = 'SYNC_AUTH_TOKEN is not set: requests of this machine need no token';
  return on_lambda ? entry('token', false, text) : { ...entry('token', null, text), optional: true };
}

/** An account has one URL. In place of the platform's, ours would end what the platform does with its calls. */
const NO_EVENT =
  "No event has arrived yet: enter the webhook URL in the settings of the Retell account; if the platform's URL is there, leave it, and have the platform forward its events";

function webhook({ last_webhook, is_local }: ChecklistFacts): ChecklistItem {
  const tunnel = is_local ? '; Retell reaches this machine only through a tunnel' : '';
  return last_webhook === null
    ? entry('webhook', false, `${NO_EVENT}${tunnel}`)
    : entry('webhook', true, `Events arrive: the last one at ${last_webhook}`);
}

function agentWebhooks({ own_webhooks }: ChecklistFacts): ChecklistItem {
  const agent_ids = own_webhooks.filter((agent) => webhookProblem(agent) !== null).map(({ agent_id }) => agent_id);
  if (agent_ids.length === 0) return entry('agent_webhooks', true, 'No agent has a webhook of its own in the way');
  const text = `${counted(agent_ids.length, 'agent')} with a webhook of its own that points elsewhere or leaves the calls out: clear it in Retell, unless the platform needs it; without forwarded events, changes are found only by the schedule`;
  return { item: 'agent_webhooks', done: false, text, agent_ids: agent_ids.slice(0, MAX_IDS) };
}

function schedule({ schedule_ms, last_scheduled_run, last_start, now }: ChecklistFacts): ChecklistItem {
  if (schedule_ms === null) return { ...entry('schedule', null, 'SYNC_SCHEDULE is off'), optional: true };
  if (last_scheduled_run === null) return entry('schedule', null, 'The schedule has not run yet');
  const at = last_scheduled_run.toISOString();
  const isLate = (since: Date) => now.getTime() - since.getTime() > 2 * schedule_ms;
  const late = isLate(last_scheduled_run);
  // It could not run while the service did not.
  if (late && last_start !== null && !isLate(last_start))
    return entry('schedule', null, 'The schedule has not run since the start');
  return late
    ? entry('schedule', false, `The schedule last ran at ${at}, more than two periods ago`)
    : entry('schedule', true, `The schedule runs: the last time at ${at}`);
}
