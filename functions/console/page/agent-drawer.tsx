import { Explanation } from '../../../shared/api/audit.ts';
import { get } from './api-client.ts';
import { Mark } from './badge.tsx';
import { Sheet } from './drawer.tsx';
import { dateTime, readable } from './format.ts';
import type { Tone } from './labels.ts';
import { Loading } from './loading.tsx';
import { FailureNotice } from './notice.tsx';
import { useAsked } from './use-api.ts';
import { href } from './use-route.ts';

const RULES: Readonly<Record<string, string>> = {
  in_retell: 'In Retell',
  voice: 'Voice',
  required_fields: 'Required fields',
  name_pattern: 'Name pattern',
  in_database: 'Interviewer',
  same_name: 'Same name',
  same_voice: 'Same voice',
};

/** Why one agent is or is not in step, asked of Retell at this moment. */
export function AgentSheet({ agent_id, onClose }: { agent_id: string; onClose: () => void }) {
  const asked = useAsked(agent_id, () =>
    get(`/api/audit-agents?agent_id=${encodeURIComponent(agent_id)}`, Explanation),
  );
  const title = asked?.ok
    ? (asked.value.retell?.agent_name ?? asked.value.interviewer?.name ?? 'Agent without a name')
    : 'Agent';
  return (
    <Sheet title={title} onClose={onClose}>
      <p class="id">{agent_id}</p>
      {asked === null && <Loading what="what Retell says of it" />}
      {asked?.ok === false && <FailureNotice failure={asked.failure} />}
      {asked?.ok && <Explained explanation={asked.value} />}
    </Sheet>
  );
}

function Explained({ explanation }: { explanation: Explanation }) {
  const { in_step, summary, rules, history } = explanation;
  return (
    <>
      <p class="verdict">
        <Mark tone={in_step ? 'good' : 'bad'} word={in_step ? 'All right' : 'To mend'} />
        {readable(summary)}
      </p>
      <h3>Rules</h3>
      <ol class="rules">
        {rules.map(({ rule, passed, reason }) => (
          <li key={rule}>
            <Mark tone={toneOf(passed, in_step)} word={wordOf(passed)} quiet />
            <span>
              <strong>{RULES[rule] ?? rule}</strong>
              <span class="muted">{readable(reason)}</span>
            </span>
          </li>
        ))}
      </ol>
      <h3>Both sides</h3>
      <BothSides explanation={explanation} />
      <h3>History</h3>
      {history.length === 0 ? <p class="empty">Nothing has happened to it yet.</p> : <History history={history} />}
    </>
  );
}

/** A rule that does not hold is nothing to mend when the platform rightly does without the agent. */
function toneOf(passed: boolean | null, inStep: boolean): Tone {
  if (passed === true) return 'good';
  return passed === null || inStep ? 'calm' : 'bad';
}

function wordOf(passed: boolean | null): string {
  return passed === null ? 'Not judged' : passed ? 'Yes' : 'No';
}

function BothSides({ explanation: { retell, interviewer, agreed_name } }: { explanation: Explanation }) {
  const rows: readonly (readonly [string, string | null | undefined, string | null | undefined])[] = [
    ['Name', retell?.agent_name, interviewer?.name],
    ['Voice', retell?.voice_id, interviewer?.voice_id],
    ['Language', retell?.language, interviewer?.language],
    [
      'Version',
      retell && `${retell.version}${retell.is_published ? '' : ' (draft)'}`,
      interviewer?.agent_version?.toString(),
    ],
    [
      'Modified',
      retell && dateTime(new Date(retell.last_modification_timestamp).toISOString()),
      when(interviewer?.retell_modified_at),
    ],
    ['Status', retell === null ? 'gone' : 'there', interviewer?.sync_status],
    ['Last synced', undefined, when(interviewer?.last_synced_at)],
  ];
  return (
    <>
      <table class="sides">
        <thead>
          <tr>
            <td />
            <th scope="col">Retell</th>
            <th scope="col">Platform</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, ours, theirs]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{ours ?? '–'}</td>
              <td>{theirs ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {agreed_name !== null && <p class="muted fine">Both last agreed on the name “{agreed_name}”.</p>}
    </>
  );
}

function when(timestamp: string | null | undefined): string | null {
  return timestamp ? dateTime(timestamp) : null;
}

function History({ history }: { history: Explanation['history'] }) {
  return (
    <ol class="history">
      {history.map(({ run_id, action, reason, logged_at }) => (
        <li key={`${run_id} ${action} ${reason}`}>
          <span class="muted fine">
            {dateTime(logged_at)} · <a href={href('runs', String(run_id))}>run {run_id}</a>
          </span>
          <strong>{action.replaceAll('_', ' ')}</strong> {readable(reason)}
        </li>
      ))}
    </ol>
  );
}
