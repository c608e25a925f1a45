/** Every command, in the order of the help. */
import type { Command } from './command.ts';
import { acknowledge } from './commands/acknowledge.ts';
import { audit } from './commands/audit.ts';
import { cleanup, restore } from './commands/cleanup.ts';
import { explain } from './commands/explain.ts';
import { runs } from './commands/runs.ts';
import { status } from './commands/status.ts';
import { diff, sync } from './commands/sync.ts';
import { undo } from './commands/undo.ts';

export const COMMANDS: Readonly<Record<string, Command>> = {
  status,
  audit,
  diff,
  sync,
  explain,
  runs,
  undo,
  acknowledge,
  cleanup,
  restore,
};
