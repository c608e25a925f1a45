import type { Difference } from '../data/api-types.ts';
import { Value } from '../ui/text.tsx';

type Mark = 'new' | 'old' | 'kept' | 'replaced';

export interface SideValue {
  /** null: not set. */
  readonly text: string | null;
  readonly mark: Mark | null;
}

export interface ShownDifference {
  readonly field: string;
  readonly platform: SideValue;
  readonly retell: SideValue;
}

const FIELDS: Readonly<Record<Difference['field'], string>> = { name: 'Name', voice_id: 'Voice' };

export function Differences({ differences }: { differences: readonly Difference[] }) {
  return (
    <BothValues
      values={differences.map(({ field, database, retell, newer }) => ({
        field: FIELDS[field],
        platform: { text: database, mark: markOf('database', newer) },
        retell: { text: retell, mark: markOf('retell', newer) },
      }))}
    />
  );
}

function markOf(side: 'database' | 'retell', newer: Difference['newer']): Mark | null {
  return newer === null ? null : newer === side ? 'new' : 'old';
}

/** Each field with both values side by side. */
export function BothValues({ values }: { values: readonly ShownDifference[] }) {
  return (
    <table class="differences">
      <thead>
        <tr>
          <td />
          <th scope="col">Platform</th>
          <th scope="col">Retell</th>
        </tr>
      </thead>
      <tbody>
        {values.map(({ field, platform, retell }) => (
          <tr key={field}>
            <th scope="row">{field}</th>
            <Side {...platform} />
            <Side {...retell} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const TONES: Readonly<Record<Mark, string>> = { new: 'plus', kept: 'plus', old: 'minus', replaced: 'minus' };

function Side({ text, mark }: SideValue) {
  return (
    <td class={mark === null ? undefined : TONES[mark]}>
      {text === null ? <em>not set</em> : <Value text={text} />}
      {mark !== null && <small> {mark}</small>}
    </td>
  );
}
