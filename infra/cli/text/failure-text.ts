/** What failed, and what to do next. Pure. */
import { visibleSentence } from '../../../shared/visible-text.ts';
import type { FailedRequest } from '../client.ts';
import type { Paint } from './style.ts';

/** In place of the service's hints that name an endpoint: the command that does the same. */
const HINTS: Readonly<Record<string, string>> = {
  not_found: 'Check --url: it is the address of the service, without /api.',
  agent_not_found: 'Copy the id from Retell, or give `explain` a name.',
  nothing_to_restore: '`runs --kind cleanup` lists the cleanups, and `runs <run>` what one took out of use.',
  nothing_to_acknowledge: '`status` lists the open conflicts, under its warnings.',
  run_not_found: '`runs` lists the runs that are kept.',
  run_running: 'Wait until `runs` shows that it has ended.',
  audit_incomplete: 'Try again in a few minutes; `sync` syncs the other agents now.',
};

export function failureLines({ message, hint: given, code, body }: FailedRequest, paint: Paint): readonly string[] {
  const request = requestId(body);
  // Without a body, the failure and its hint are the command line's own.
  const hint = body === undefined ? given : (HINTS[code] ?? withCommand(given));
  return [
    paint('red', visibleSentence(message)),
    ...(hint === '' ? [] : [visibleSentence(hint)]),
    ...(request === null ? [] : [paint('dim', `(${visibleSentence(code)}, request ${visibleSentence(request)})`)]),
  ];
}

/** The hint of `undo_running` names the run, or says to try again. */
function withCommand(hint: string): string {
  return hint.replace('GET /api/sync-runs shows', '`runs` shows');
}

function requestId(body: unknown): string | null {
  const id: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'request_id') : undefined;
  return typeof id === 'string' ? id : null;
}
