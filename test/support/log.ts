import type { Log } from '../../shared/log.ts';

export interface LogEntry {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that appends its entries to an array. */
export function recordingLog(entries: LogEntry[], bound: LogEntry['fields'] = {}): Log {
  const at =
    (level: string) =>
    (message: string, fields: LogEntry['fields'] = {}) => {
      entries.push({ level, message, fields: { ...bound, ...fields } });
    };
  const [debug, info, warn, error] = [at('debug'), at('info'), at('warn'), at('error')];
  return { debug, info, warn, error, with: (fields) => recordingLog(entries, { ...bound, ...fields }) };
}
