/** One agent: each rule, both sides next to each other, its history. Pure. */
import type { Explanation } from '../../../shared/api/audit.ts';
import type { Json } from '../../../shared/api/fields.ts';
import { visibleSentence, visibleText } from '../../../shared/visible-text.ts';
import type { Paint, Tone } from './style.ts';
import { type Cell, columns, table } from './table.ts';
import { shortTime, shownValue } from './values.ts';

export function explainLines(explanation: Explanation, paint: Paint): readonly string[] {
  const { agent_id, in_step, summary, retell, interviewer, agreed_name } = explanation;
  const name = interviewer?.name ?? retell?.agent_name ?? null;
  const word = in_step ? paint('green', 'IN SYNC') : paint('yellow', 'OUT OF SYNC');
  return [
    `${word}  ${name === null ? '' : `${paint('bold', shownValue(name))} `}${paint('dim', visibleText(agent_id))}`,
    visibleSentence(summary),
    '',
    ...ruleLines(explanation, paint),
    '',
    ...sidesLines(explanation, paint),
    ...laterLines(explanation),
    ...(agreed_name === null
      ? []
      : [`Merge base: the name both sides last had in common is ${shownValue(agreed_name)}.`]),
    ...historyLines(explanation, paint),
  ];
}

const MARKS: Readonly<Record<'true' | 'false' | 'null', { readonly text: string; readonly tone: Tone }>> = {
  true: { text: 'ok', tone: 'green' },
  false: { text: 'no', tone: 'red' },
  null: { text: '?', tone: 'dim' },
};

function ruleLines({ rules }: Explanation, paint: Paint): readonly string[] {
  const rows = rules.map(({ rule, passed, reason, hint }) => [
    MARKS[`${passed}`],
    visibleText(rule.replaceAll('_', ' ')),
    visibleSentence(hint === undefined ? reason : `${reason}. ${hint}`),
  ]);
  return columns(rows, paint).map((line) => `  ${line}`);
}

interface Pair {
  readonly field: string;
  /** undefined: the side does not exist, or has no such field. */
  readonly retell: Json | undefined;
  readonly database: Json | undefined;
}

function sidesLines(explanation: Explanation, paint: Paint): readonly string[] {
  const rows = pairsOf(explanation).map((pair): readonly Cell[] => {
    const { field, retell, database } = pair;
    const cell = (value: Json | undefined) => (value === undefined ? '' : shownValue(value));
    return [
      visibleText(field),
      cell(retell),
      cell(database),
      ...(differs(pair) ? [{ text: 'differs', tone: 'yellow' } as const] : []),
    ];
  });
  return rows.length === 0 ? [] : [...table(['field', 'Retell', 'database'], rows, paint), ''];
}

/** In sync refers to name and voice; without this line, other differences would look like a contradiction. */
function laterLines(explanation: Explanation): readonly string[] {
  const differing = pairsOf(explanation).filter((pair) => !JUDGED.has(pair.field) && differs(pair));
  if (!explanation.in_step || differing.length === 0) return [];
  const fields = differing.map(({ field }) => visibleText(field)).join(', ');
  return [`Name and voice are in sync; the next sync also updates ${fields}.`];
}

const JUDGED: ReadonlySet<string> = new Set(['name', 'voice_id']);

function differs({ retell, database }: Pair): boolean {
  return retell !== undefined && database !== undefined && JSON.stringify(retell) !== JSON.stringify(database);
}

function pairsOf({ retell, interviewer }: Explanation): readonly Pair[] {
  const metadata = [
    ...new Set([...Object.keys(retell?.metadata ?? {}), ...Object.keys(interviewer?.retell_metadata ?? {})]),
  ];
  const modified = retell === null ? undefined : isoTime(retell.last_modification_timestamp);
  return [
    { field: 'name', retell: retell?.agent_name, database: interviewer?.name },
    { field: 'voice_id', retell: retell?.voice_id, database: interviewer?.voice_id },
    { field: 'agent_version', retell: retell?.version, database: interviewer?.agent_version },
    { field: 'language', retell: retell?.language, database: interviewer?.language },
    { field: 'modified', retell: modified, database: interviewer?.retell_modified_at },
    { field: 'sync_status', retell: undefined, database: interviewer?.sync_status },
    { field: 'last_synced_at', retell: undefined, database: interviewer?.last_synced_at },
    { field: 'orphaned_at', retell: undefined, database: interviewer?.orphaned_at ?? undefined },
    ...metadata.map((field) => ({
      field,
      retell: retell?.metadata[field],
      database: interviewer?.retell_metadata?.[field],
    })),
  ].filter(({ retell, database }) => retell !== undefined || database !== undefined);
}

function historyLines({ history }: Explanation, paint: Paint): readonly string[] {
  const rows = history.map(({ logged_at, run_id, kind, action, reason }) => [
    shortTime(logged_at),
    `run ${run_id}`,
    kind,
    visibleText(action),
    visibleSentence(reason),
  ]);
  return rows.length === 0
    ? []
    : ['', paint('bold', 'History (UTC)'), ...columns(rows, paint).map((line) => `  ${line}`)];
}

/** A number beyond the calendar of JavaScript stays a number. */
function isoTime(ms: number): Json {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? ms : time.toISOString();
}
