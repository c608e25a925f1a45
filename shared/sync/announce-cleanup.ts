/** Tells the world what a cleanup or a restore did. */
import { EVENTS } from '../contract.ts';
import type { CleanupEntry } from '../domain/cleanup.ts';
import type { Services } from '../services.ts';
import { publish } from './announce-outcome.ts';

export async function announceCleanup(
  services: Services,
  { run_id, message }: { readonly run_id: number | null; readonly message: string },
  entries: readonly Pick<CleanupEntry, 'agent_id' | 'name' | 'outcome' | 'reason'>[],
): Promise<void> {
  for (const entry of entries) services.log.info(`Interviewer ${entry.outcome}`, { run_id, ...entry });
  services.log.info(message, { run_id });
  const restored = entries.filter(({ outcome }) => outcome === 'restored');
  await publish(
    services,
    restored.map(({ agent_id, name, reason }) => ({
      name: EVENTS.agentRestored,
      detail: { run_id, agent_id, name, reason },
    })),
  );
}
