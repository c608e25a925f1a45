/** The summary that `npm start` prints. */

import type { ScheduledSyncResponse } from '../../shared/api/scheduled-sync.ts';
import type { ReportEntry, SyncReport } from '../../shared/api/sync.ts';
import type { StateAndReason } from '../../shared/api/sync-state.ts';
import { COMMAND_LINE } from '../../shared/contract.ts';
import type { TableInUse } from '../../shared/db/migrate.ts';
import { VERSION } from '../../shared/manifest.ts';
import { visibleSentence } from '../../shared/visible-text.ts';
import type { TokenUse } from './local-token.ts';

export interface Started {
  readonly url: string;
  readonly retell: string;
  readonly postgres: string;
  readonly table: TableInUse;
  /** The command that connects to the embedded Postgres; null: the database is the user's own. */
  readonly psql: string | null;
  readonly schedule: string;
  /** null: no token needed. */
  readonly token: TokenUse | null;
  /** Whether the account is the simulated one, on which `npm run sample` acts. */
  readonly sample: boolean;
  /** After the first sync. */
  readonly state: StateAndReason;
  /** The first sync, or why it failed. */
  readonly first: ScheduledSyncResponse | string;
}

export function startSummary(started: Started): string {
  const { url, token, first } = started;
  const commandLine = commandLineOf(started);
  const curl = token === null ? 'curl' : token.curl;
  return [
    '',
    `voice-agent-sync ${VERSION} is running.`,
    '',
    `  Retell     ${started.retell}`,
    `  Postgres   ${started.postgres}`,
    `  Table      ${visibleSentence(tableLine(started.table))}`,
    `  Schedule   ${started.schedule}`,
    ...(token === null ? [] : [`  Token      ${token.description}`]),
    '',
    `  State      ${stateLine(started.state)}`,
    '',
    ...(typeof first === 'string'
      ? ['  The first sync failed:', `    ${visibleSentence(first)}`]
      : firstSync(first, commandLine)),
    '',
    `  Page       ${url}/`,
    `  Sync       ${curl} -X POST ${url}/api/sync-retell-agents`,
    `  Audit      ${curl} ${url}/api/audit-agents`,
    `  Status     ${curl} "${url}/api/scheduled-sync?action=status"`,
    `  Commands   ${commandLine} --help   (status, diff, sync, explain, undo, ...)`,
    ...(started.psql === null ? [] : [`  Database   ${started.psql}`]),
    ...(started.sample ? ['  Change     npm run sample -- --help   (rename, add and delete sample agents)'] : []),
    '',
    '  Ctrl-C stops everything.',
    '',
  ].join('\n');
}

/** The command line finds the sample account's service on its own, and another one at the default port. */
function commandLineOf({ url, sample }: Started): string {
  return sample || url.endsWith(':3000') ? COMMAND_LINE : `${COMMAND_LINE} --url ${url}`;
}

function stateLine({ state, as_of, reason }: StateAndReason): string {
  const time = as_of === null ? '' : `, as of ${as_of}`;
  return `${state.replaceAll('_', ' ')}: ${visibleSentence(reason)}${time}`;
}

/** Names a table that was created, and other tables of that name: both may be signs of the wrong database. */
function tableLine({ database, schema, table, created, others }: TableInUse): string {
  const origin = created ? 'created just now' : 'found there';
  const left = others.length === 0 ? '' : `; left alone: ${others.join(', ')}`;
  return `${schema}.${table} in the database ${database}, ${origin}${left}`;
}

/** What was written to Retell comes first, then what needs a person. */
const SECTIONS = ['pushed', 'conflicts', 'created', 'updated', 'restored', 'orphaned', 'skipped', 'errors'] as const;

function firstSync(
  { sync_result: report, audit_result: audit, message, success }: ScheduledSyncResponse,
  commandLine: string,
): string[] {
  const seconds = (report.duration_ms / 1000).toFixed(1);
  const agents = plural(report.totalRetellAgents, 'agent');
  return [
    `  First sync: ${agents} in Retell, ${seconds} s, ${plural(report.retell_calls, 'call')} to Retell.`,
    ...SECTIONS.flatMap((title) => section(title, report.counts[title], report[title])),
    ...(report.counts.unchanged === 0 ? [] : [`    ${shownCount(report.counts.unchanged)} already in sync`]),
    ...(success ? [] : ['', `  ${visibleSentence(message)}`]),
    ...confirmLines(report, commandLine),
    ...(audit === null ? [] : ['', `  Health ${audit.health_score} of 100, ${audit.health_status}.`]),
    ...(audit?.advice ?? []).map(({ details }) => `    Note: ${visibleSentence(details)}`),
  ];
}

/** How to see and to confirm what the guard blocked. */
function confirmLines({ needs_confirmation, plan }: SyncReport, commandLine: string): string[] {
  if (needs_confirmation !== true || plan === undefined) return [];
  return [`    Look at it     ${commandLine} diff`, `    Confirm it     ${commandLine} sync --confirm ${plan}`];
}

const SHOWN = 10;

function section(title: (typeof SECTIONS)[number], count: number, entries: readonly ReportEntry[]): string[] {
  if (count === 0) return [];
  const shown = entries.slice(0, SHOWN);
  const more = count > shown.length ? [`      ... and ${shownCount(count - shown.length)} more`] : [];
  const isNamed = title === 'created' || title === 'restored';
  const lines = shown.map(({ name, reason }) => visibleSentence(isNamed ? name : `${name}: ${reason}`));
  return [`    ${shownCount(count)} ${wordOf(title, count)}`, ...lines.map((line) => `      ${short(line)}`), ...more];
}

function wordOf(title: (typeof SECTIONS)[number], count: number): string {
  if (title === 'pushed') return 'pushed to Retell';
  return count === 1 && (title === 'conflicts' || title === 'errors') ? title.slice(0, -1) : title;
}

function plural(value: number, noun: string): string {
  return `${shownCount(value)} ${noun}${value === 1 ? '' : 's'}`;
}

function short(text: string): string {
  return text.length > 150 ? `${text.slice(0, 147)}...` : text;
}

/** 4285 as `4,285` */
function shownCount(count: number): string {
  return count.toLocaleString('en-US');
}
