/** What a person reads after `npm start`. */

import type { ScheduledSyncResponse } from '../../shared/api/scheduled-sync.ts';
import type { ReportEntry } from '../../shared/api/sync.ts';
import type { StateAndReason } from '../../shared/api/sync-state.ts';
import type { TableInUse } from '../../shared/db/migrate.ts';

export interface Started {
  readonly url: string;
  readonly retell: string;
  readonly postgres: string;
  readonly table: TableInUse;
  readonly schedule: string;
  /** Whether requests need `Authorization: Bearer`. */
  readonly guarded: boolean;
  /** Whether the account is the simulated one, on which `npm run sample` acts. */
  readonly sample: boolean;
  /** After the first sync. */
  readonly state: StateAndReason;
  /** The first sync, or why it failed. */
  readonly first: ScheduledSyncResponse | string;
}

const SHOWN = 10;

export function startSummary(started: Started): string {
  const { url } = started;
  const token = started.guarded ? ' -H "Authorization: Bearer $SYNC_AUTH_TOKEN"' : '';
  return [
    '',
    'voice-agent-sync is running.',
    '',
    `  Retell     ${started.retell}`,
    `  Postgres   ${started.postgres}`,
    `  Table      ${printable(tableLine(started.table))}`,
    `  Schedule   ${started.schedule}`,
    '',
    `  State      ${stateLine(started.state)}`,
    '',
    ...(typeof started.first === 'string' ? failed(started.first) : succeeded(started.first)),
    '',
    `  Look       ${url}/`,
    `  Sync       curl -X POST${token} ${url}/api/sync-retell-agents`,
    `  Audit      curl${token} ${url}/api/audit-agents`,
    `  Status     curl${token} "${url}/api/scheduled-sync?action=status"`,
    ...(started.sample
      ? ['  Change     npm run sample -- --help   (rename, add, delete agents of the sample account)']
      : []),
    '',
    '  Ctrl-C stops everything.',
    '',
  ].join('\n');
}

function stateLine({ state, as_of, reason }: StateAndReason): string {
  const time = as_of === null ? '' : `, as of ${as_of}`;
  return `${state.replaceAll('_', ' ')}: ${printable(reason)}${time}`;
}

/** Names a table that was created, and others of that name: either may be a sign of the wrong place. */
function tableLine({ database, schema, table, created, others }: TableInUse): string {
  const origin = created ? 'created just now' : 'found there';
  const left = others.length === 0 ? '' : `; left alone: ${others.join(', ')}`;
  return `${schema}.${table} in the database ${database}, ${origin}${left}`;
}

function failed(reason: string): string[] {
  return ['  The first sync failed:', `    ${printable(reason)}`];
}

function succeeded({ sync_result, audit_result, message, success }: ScheduledSyncResponse): string[] {
  const { created, updated, restored, orphaned, skipped, errors, duration_ms, retell_calls, unchanged } = sync_result;
  const seconds = (duration_ms / 1000).toFixed(1);
  const health =
    audit_result === null
      ? []
      : [
          '',
          `  Health ${audit_result.health_score} of 100, ${audit_result.health_status}.`,
          ...audit_result.advice.map(({ details }) => `    Note: ${printable(details)}`),
        ];
  return [
    `  First sync: ${counted(sync_result.totalRetellAgents, 'agent')} in Retell, ${seconds} s, ${counted(retell_calls, 'call')} to Retell.`,
    ...section('created', created, ({ name }) => name),
    ...section('updated', updated, ({ name, reason }) => `${name}: ${reason}`),
    ...section('restored', restored, ({ name }) => name),
    ...section('orphaned', orphaned, ({ name, reason }) => `${name}: ${reason}`),
    ...section('skipped', skipped, ({ name, reason }) => `${name}: ${reason}`),
    ...section('errors', errors, ({ name, reason }) => `${name}: ${reason}`),
    ...(unchanged === 0 ? [] : [`    ${unchanged} in sync already`]),
    ...(success ? [] : ['', `  ${printable(message)}`]),
    ...health,
  ];
}

function counted(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? '' : 's'}`;
}

function section(title: string, entries: readonly ReportEntry[], line: (entry: ReportEntry) => string): string[] {
  if (entries.length === 0) return [];
  const more = entries.length > SHOWN ? [`      ... and ${entries.length - SHOWN} more`] : [];
  return [
    `    ${entries.length} ${title}`,
    ...entries.slice(0, SHOWN).map((entry) => `      ${short(printable(line(entry)))}`),
    ...more,
  ];
}

/** Names come from outside: a terminal must not obey what is in them. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ');
}

function short(text: string): string {
  return text.length > 150 ? `${text.slice(0, 147)}...` : text;
}
