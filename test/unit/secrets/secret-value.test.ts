import { expect, test } from '@jest/globals';
import { parseSecret } from '../../../shared/secrets/secret-value.ts';

const secretIn = (variable: string) => ({ kind: 'arn', arn: 'arn:aws:secret', variable }) as const;
const TOKEN = secretIn('SYNC_AUTH_TOKEN_SECRET_ARN');

test.each(['nineteen-characters', 'a token that has blanks in it', '{"token":"nineteen-characters"}'])(
  'a token that is %j is refused, without its value',
  (text) => {
    const secret = parseSecret(TOKEN, text);
    expect(secret).toMatchObject({ ok: false, why: expect.stringMatching(/^must have at least 20 characters, /) });
    expect(JSON.stringify(secret)).not.toContain('nineteen');
  },
);

test('[S127] a token needs 20 characters, other keys do not', () => {
  expect(parseSecret(TOKEN, 'a-token-of-twenty-20')).toMatchObject({ ok: true, value: 'a-token-of-twenty-20' });
  expect(parseSecret(secretIn('RETELL_API_KEY_SECRET_ARN'), 'key_one')).toMatchObject({ ok: true, value: 'key_one' });
});
