/** The reasons of a report's entries by agent. */
export function reasonsOf(entries: readonly { agent_id: string; reason: string }[]): Record<string, string> {
  return Object.fromEntries(entries.map(({ agent_id, reason }) => [agent_id, reason]));
}
