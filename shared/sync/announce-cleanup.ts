/** Tells what a cleanup or a restore did: a line in the log for each interviewer, and events of those that are active again. */
import { EVENTS } from '../contract.ts';
import type { CleanupEntry } from '../domain/cleanup.ts';
import type { Services } from '../services.ts';
import { publish } from './announce-outcome.ts';

interface Told {
  readonly run_id: number | null;
  readonly message: string;
}

type Logged = Pick<CleanupEntry, 'agent_id' | 'name' | 'outcome' | 'reason'>;

/** What a restore brings back is an orphan still: the sync that makes it active publishes that. */
export function logCleanup({ log }: Services, { run_id, message }: Told, entries: readonly Logged[]): void {
  for (const entry of entries) log.info(`Interviewer ${entry.outcome}`, { run_id, ...entry });
  log.info(message, { run_id });
}

export async function announceCleanup(services: Services, told: Told, entries: readonly CleanupEntry[]): Promise<void> {
  logCleanup(services, told, entries);
  const { run_id } = told;
  const restored = entries.filter(({ outcome }) => outcome === 'restored');
  await publish(
    services,
    restored.map(({ agent_id, interviewer_id, name, reason }) => ({
      name: EVENTS.agentRestored,
      detail: { run_id, agent_id, interviewer_id, name, reason },
    })),
  );
}
