import { useQuery } from '@tanstack/preact-query';
import type { Setting, SettingsResponse } from '../data/api-types.ts';
import { settings as settingsQuery } from '../data/queries.ts';
import { Drawers } from '../drawers.tsx';
import { QueryNotice } from '../ui/notice.tsx';
import { Panel } from '../ui/panel.tsx';
import { Value } from '../ui/text.tsx';
import { Checklist, WebhookUrl } from './checklist.tsx';

const NONE: readonly never[] = [];

/** What is set up, and the settings in effect; of a secret, only its source is shown. */
export function Settings() {
  const query = useQuery(settingsQuery);
  const { data } = query;
  return (
    <>
      <Panel title="Set-up" main about="From what is stored of the last runs and events; Retell is not asked.">
        <QueryNotice query={query} what="the settings" />
        {data !== undefined && <Checklist items={data.checklist} />}
      </Panel>
      {data !== undefined && <InUse settings={data} />}
      {data !== undefined && <Effective settings={data.settings} />}
      <Drawers kind="agent" ids={data?.checklist.flatMap(({ agent_ids }) => agent_ids) ?? NONE} />
    </>
  );
}

function InUse({ settings: { database, version, schema_version } }: { settings: SettingsResponse }) {
  return (
    <Panel title="In use">
      <dl class="facts">
        <dt>Webhook URL</dt>
        <dd>
          <WebhookUrl />
        </dd>
        <dt>Database</dt>
        <dd>
          <Value text={database.database} />, schema <Value text={database.schema} />
        </dd>
        <dt>Role</dt>
        <dd>
          <Value text={database.role} />
          {database.superuser && ', a superuser, which the service does not need'}
        </dd>
        <dt>Rights</dt>
        <dd>{database.rights.join(', ')}</dd>
        <dt>Version</dt>
        <dd>
          {version}
          {schema_version !== null && `, newest migration ${schema_version}`}
        </dd>
      </dl>
    </Panel>
  );
}

const SOURCES: Readonly<Record<Setting['source'], string>> = {
  default: 'default',
  environment: 'set',
  secret: 'in Secrets Manager',
  elsewhere: 'given to other functions',
};

function Effective({ settings }: { settings: readonly Setting[] }) {
  return (
    <Panel
      title="Settings"
      about="To change one, set its environment variable or the deployment's file, and start again."
    >
      <ul class="items settings">
        {settings.map(({ name, value, source }) => (
          <li key={name}>
            <code>{name}</code>
            <span>{value === null ? <span class="muted">–</span> : <Value text={String(value)} />}</span>
            <span class="muted">{SOURCES[source]}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
