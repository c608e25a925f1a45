/** The environment of child processes. */
import { join } from 'node:path';

/** Node keeps compiled code there, with which a process of the project starts in half of the processor time. */
export const COMPILE_CACHE = {
  NODE_COMPILE_CACHE: join(import.meta.dirname, '../../node_modules/.cache/voice-agent-sync-compiled'),
} as const;

/** For a child that must not inherit anything from this process's environment. */
export function bareEnvironment(): Readonly<Record<string, string>> {
  const { PATH = '' } = process.env;
  return { PATH, ...COMPILE_CACHE };
}
