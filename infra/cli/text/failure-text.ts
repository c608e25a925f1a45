/** What failed, and what to do next. Pure. */
import { visibleSentence } from '../../../shared/visible-text.ts';
import type { Failure } from '../client.ts';
import type { Paint } from './style.ts';

export function failureLines({ message, hint, code, body }: Failure, paint: Paint): readonly string[] {
  const request = requestId(body);
  return [
    paint('red', visibleSentence(message)),
    ...(hint === '' ? [] : [visibleSentence(hint)]),
    ...(request === null ? [] : [paint('dim', `(${visibleSentence(code)}, request ${visibleSentence(request)})`)]),
  ];
}

function requestId(body: unknown): string | null {
  const id: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'request_id') : undefined;
  return typeof id === 'string' ? id : null;
}
