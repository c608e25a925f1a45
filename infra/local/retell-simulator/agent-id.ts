import { randomBytes } from 'node:crypto';

/** An id in the form of Retell's: `agent_` and 26 hexadecimal digits. */
export function randomAgentId(): string {
  return `agent_${randomBytes(13).toString('hex')}`;
}
