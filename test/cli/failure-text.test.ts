import { expect, test } from '@jest/globals';
import { failureLines } from '../../infra/cli/text/failure-text.ts';
import { plain } from '../../infra/cli/text/style.ts';

test.each([
  [
    'Wait until GET /api/sync-runs shows that run 43 has ended; it is given up after 35 s.',
    /`runs` shows that run 43 .* 35 s/,
  ],
  ['Try again; it is given up after 35 s.', /^Try again; .* 35 s/],
])('the hint of a refused undo keeps the run and the time: %s', (hint, shown) => {
  const failure = { ok: false, code: 'undo_running', message: '', hint, body: {} } as const;
  expect(failureLines(failure, plain)[1]).toMatch(shown);
});
