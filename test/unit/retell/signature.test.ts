import { describe, expect, test } from '@jest/globals';
import { signWebhook } from '../../../infra/local/retell-simulator/webhooks.ts';
import { verifySignature } from '../../../shared/retell/signature.ts';

const KEY = 'key_1';
const BODY = '{"event":"call_ended","call":{"agent_id":"ä"}}';
const MINUTE = 60_000;

describe('a webhook is accepted', () => {
  test.each<[string, () => Promise<boolean>]>([
    ['signed just now', async () => verifySignature(BODY, await signWebhook(BODY, KEY), [KEY])],
    ['as bytes', async () => verifySignature(Buffer.from(BODY), await signWebhook(BODY, KEY), [KEY])],
    [
      'with a BOM',
      async () => verifySignature(Buffer.from(`\uFEFF${BODY}`), await signWebhook(`\uFEFF${BODY}`, KEY), [KEY]),
    ],
    ['with any of the keys', async () => verifySignature(BODY, await signWebhook(BODY, KEY), ['new', '', KEY])],
    ['4 minutes old', async () => verifySignature(BODY, await signWebhook(BODY, KEY, Date.now() - 4 * MINUTE), [KEY])],
    [
      '4 minutes ahead',
      async () => verifySignature(BODY, await signWebhook(BODY, KEY, Date.now() + 4 * MINUTE), [KEY]),
    ],
    ['empty', async () => verifySignature('', await signWebhook('', KEY), [KEY])],
  ])('%s', async (_, verify) => {
    await expect(verify()).resolves.toBe(true);
  });
});

describe('a webhook is refused', () => {
  const signed = (body = BODY, timestamp?: number): Promise<string> => signWebhook(body, KEY, timestamp);
  test.each<[string, () => Promise<string | undefined>]>([
    ['without signature', () => Promise.resolve(undefined)],
    ['with an empty one', () => Promise.resolve('')],
    ['with another key', () => signWebhook(BODY, 'key_2')],
    ['10 minutes old', () => signed(BODY, Date.now() - 10 * MINUTE)],
    ['10 minutes ahead', () => signed(BODY, Date.now() + 10 * MINUTE)],
    ['with another body', () => signed(`${BODY} `)],
    ['with a bare digest', async () => (await signed()).replace(/^.*d=/u, '')],
    ['with upper case', async () => (await signed()).toUpperCase()],
    ['with two signatures', async () => `${await signed()},${await signed()}`],
    ['with spaces', async () => ` ${await signed()}`],
    ['with a line break', async () => `${await signed()}\n`],
    ['with a stamp in seconds', () => signed(BODY, Math.floor(Date.now() / 1000))],
    ['with one digit changed', async () => (await signed()).replace(/.$/u, (digit) => (digit === '0' ? '1' : '0'))],
    ['with a huge header', async () => (await signed()) + 'a'.repeat(1_000_000)],
  ])('%s', async (_, header) => {
    await expect(verifySignature(BODY, await header(), [KEY])).resolves.toBe(false);
  });

  test('without any key, even an empty one', async () => {
    await expect(verifySignature(BODY, await signed(), [])).resolves.toBe(false);
    await expect(verifySignature(BODY, await signed(), [''])).resolves.toBe(false);
  });

  test('when its bytes are not text', async () => {
    const bytes = Buffer.from([0x22, 0xff, 0xfe, 0x22]);
    await expect(verifySignature(bytes, await signed(bytes.toString()), [KEY])).resolves.toBe(false);
  });

  test('when its text could not have been sent', async () => {
    await expect(verifySignature('"\uD800"', await signed('"\uFFFD"'), [KEY])).resolves.toBe(false);
  });
});
