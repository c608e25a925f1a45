import type { ComponentChildren } from 'preact';
import type { AgentUnreadable, Explanation } from '../data/api-types.ts';
import { Value } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';

type Cell = string | null | undefined;

export interface Sides extends Pick<AgentUnreadable, 'interviewer' | 'agreed_name'> {
  /** undefined: Retell could not be reached. */
  readonly retell: Explanation['retell'] | undefined;
}

/** The agent in Retell beside its interviewer; marks the differences. */
export function BothSides({ sides: { retell, interviewer, agreed_name } }: { sides: Sides }) {
  const version = retell ? `${retell.version}${retell.is_published ? '' : ' (draft)'}` : null;
  const modified = retell ? new Date(retell.last_modification_timestamp).toISOString() : null;
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
          <Row name="Name" retell={retell?.agent_name} platform={interviewer?.name} compared />
          <Row name="Voice" retell={retell?.voice_id} platform={interviewer?.voice_id} compared />
          <Row name="Language" retell={retell?.language} platform={interviewer?.language} />
          <Row name="Version" retell={version} platform={interviewer?.agent_version?.toString()} />
          <Row name="Status" retell={presence(retell)} platform={interviewer?.sync_status ?? 'no interviewer'} />
          <SideRow
            name="Modified in Retell"
            retell={moment(modified)}
            platform={moment(interviewer?.retell_modified_at)}
          />
          <SideRow name="Last changed" retell="–" platform={moment(interviewer?.last_synced_at)} />
        </tbody>
      </table>
      {agreed_name !== null && (
        <p class="muted">
          Merge base, the name both sides last had in common: “<Value text={agreed_name} />”
        </p>
      )}
    </>
  );
}

interface RowProps {
  name: string;
  retell: Cell;
  platform: Cell;
  /** A difference puts the agent out of sync. */
  compared?: boolean;
}

function Row({ name, retell, platform, compared = false }: RowProps) {
  const differs = compared && typeof retell === 'string' && typeof platform === 'string' && retell !== platform;
  return <SideRow name={name} retell={value(retell)} platform={value(platform)} differs={differs} />;
}

interface SideRowProps {
  name: string;
  retell: ComponentChildren;
  platform: ComponentChildren;
  differs?: boolean;
}

function SideRow({ name, retell, platform, differs = false }: SideRowProps) {
  return (
    <tr class={differs ? 'differs' : undefined}>
      <th scope="row">{name}</th>
      <td>{retell}</td>
      <td>{platform}</td>
    </tr>
  );
}

function presence(retell: Sides['retell']): string {
  if (retell === undefined) return 'unknown';
  return retell === null ? 'missing' : 'in Retell';
}

function value(text: Cell): ComponentChildren {
  return typeof text === 'string' ? <Value text={text} /> : '–';
}

function moment(timestamp: Cell): ComponentChildren {
  return typeof timestamp === 'string' ? <Time at={timestamp} exact /> : '–';
}
