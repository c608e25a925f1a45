/** The state of both sides. Pure. */
import type { Status } from '../../../shared/api/scheduled-sync.ts';
import type { SyncState } from '../../../shared/api/sync-state.ts';
import { counted } from '../../../shared/text.ts';
import { visibleSentence } from '../../../shared/visible-text.ts';
import type { Paint, Tone } from './style.ts';
import { columns } from './table.ts';
import { shownCount, shownDuration, shownTime } from './values.ts';

const STATES: Readonly<Record<SyncState, { readonly word: string; readonly tone: Tone }>> = {
  in_sync: { word: 'IN SYNC', tone: 'green' },
  out_of_sync: { word: 'OUT OF SYNC', tone: 'yellow' },
  needs_confirmation: { word: 'NEEDS CONFIRMATION', tone: 'yellow' },
  unknown: { word: 'UNKNOWN', tone: 'red' },
};

export function statusLines(status: Status, paint: Paint, now: Date): readonly string[] {
  const { word, tone } = STATES[status.state];
  const rows = [
    ['Compared', shownTime(status.as_of, now)],
    ['Last sync', shownTime(status.last_sync, now)],
    ['Health', healthOf(status)],
    ...(status.summary === null ? [] : [['Agents', agentsOf(status.summary)]]),
    ['Freshness', freshnessOf(status.freshness)],
    ['Webhooks', webhooksOf(status.webhooks, now)],
    ...(status.trend.length < 2 ? [] : [['Trend', trendOf(status.trend.map(({ health_score }) => health_score))]]),
  ];
  return [
    `${paint(tone, word)}  ${visibleSentence(status.reason)}`,
    '',
    ...columns(rows, paint).map((line) => `  ${line}`),
    ...adviceLines(status, paint),
  ];
}

/** The score of an unknown state is the last known score. */
function healthOf({ health_score, health_status, discrepancies, state }: Status): string {
  if (health_score === null) return 'never scored';
  const isCurrent = state === 'in_sync' || state === 'out_of_sync';
  const listed = discrepancies === null ? '' : `, ${counted(discrepancies, 'discrepancy', 'discrepancies')}`;
  return `${health_score} of 100, ${health_status ?? 'not judged'}${listed}${isCurrent ? '' : ' (last known)'}`;
}

function agentsOf(summary: NonNullable<Status['summary']>): string {
  const { total_retell_agents, voice_enabled_retell_agents, active_database_agents } = summary;
  const retell = `${shownCount(total_retell_agents)} in Retell, ${shownCount(voice_enabled_retell_agents)} with a voice`;
  const rows = `${shownCount(active_database_agents)} active and ${shownCount(summary.orphaned_database_agents)} orphaned`;
  return `${retell}; interviewers: ${rows}`;
}

function freshnessOf({ p50_s, p95_s, samples }: Status['freshness']): string {
  if (p50_s === null || p95_s === null) return 'no change in the last 7 days';
  const [half, most] = [p50_s, p95_s].map((seconds) => shownDuration(seconds * 1000));
  return `half of the changes within ${half}, 95 % within ${most} (${counted(samples, 'change')} in 7 days)`;
}

function webhooksOf({ last_accepted, last_refused }: Status['webhooks'], now: Date): string {
  return `last accepted ${shownTime(last_accepted, now)}, last refused ${shownTime(last_refused, now)}`;
}

const BARS = '▁▂▃▄▅▆▇█';
const TREND_POINTS = 40;

/** The newest scores as bars from 0 to 100. */
function trendOf(scores: readonly number[]): string {
  const shown = scores.slice(-TREND_POINTS);
  const bars = shown.map((score) => BARS[Math.min(BARS.length - 1, Math.floor((score / 100) * BARS.length))] ?? '');
  return `${bars.join('')} ${shown[0] ?? ''} -> ${shown.at(-1) ?? ''}`;
}

/** What is wrong and how to fix it, then what is likely to go wrong. */
export function adviceLines(
  { recommendations, advice }: Pick<Status, 'recommendations' | 'advice'>,
  paint: Paint,
): readonly string[] {
  const warnings = new Set(advice.map(({ text }) => text));
  const remedies = recommendations.filter((text) => !warnings.has(text)).map((text) => `  - ${visibleSentence(text)}`);
  const warned = advice.map(({ code, text }) => `  - ${code}: ${visibleSentence(text)}`);
  return [
    ...(remedies.length === 0 ? [] : ['', paint('bold', 'What to do'), ...remedies]),
    ...(warned.length === 0 ? [] : ['', paint('bold', 'Warnings'), ...warned]),
  ];
}
