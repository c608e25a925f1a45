import { useQuery } from '@tanstack/preact-query';
import { visibleText } from '../../../../shared/visible-text.ts';
import type { SettingsResponse } from '../data/api-types.ts';
import { settings } from '../data/queries.ts';

/** The agent's page in Retell's dashboard; absent with another API than Retell's own, such as the simulator. */
export function OpenInRetell({ agent_id, name }: { agent_id: string; name: string }) {
  const { data: isRetell = false } = useQuery({ ...settings, select: usesRetell });
  if (!isRetell) return null;
  return (
    <a
      href={`https://dashboard.retellai.com/agents/${encodeURIComponent(agent_id)}`}
      target="_blank"
      rel="noreferrer"
      aria-label={`Open in Retell: ${visibleText(name)}`}
    >
      Open in Retell
    </a>
  );
}

function usesRetell({ settings }: SettingsResponse): boolean {
  const base = settings.find(({ name }) => name === 'RETELL_BASE_URL')?.value ?? null;
  return base === null || /^https:\/\/([a-z-]+\.)*retellai\.com$/.test(String(base));
}
