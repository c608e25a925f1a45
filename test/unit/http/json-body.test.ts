import { describe, expect, test } from '@jest/globals';
import { LIMITS } from '../../../shared/contract.ts';
import { ask, JSON_TYPE, SYNC, WEBHOOK } from './stack.ts';

describe('a body', () => {
  test('may be absent: then the defaults apply', async () => {
    expect((await ask(SYNC)).body).toMatchObject({ body: { dry_run: false } });
    expect((await ask({ ...SYNC, body: '', headers: JSON_TYPE })).body).toMatchObject({ body: { dry_run: false } });
  });

  test('may be base64', async () => {
    const body = Buffer.from('{"dry_run":true}');
    expect((await ask({ ...SYNC, body, headers: JSON_TYPE })).body).toMatchObject({ body: { dry_run: true } });
  });

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/problem+json'])(
    'of type %s is read',
    async (type) => {
      const request = { ...SYNC, body: '{"dry_run":true}', headers: { 'content-type': type } };
      expect(await ask(request)).toMatchObject({ status: 200 });
    },
  );

  test.each([
    undefined,
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'application/json,text/plain',
  ])('of type %s is refused with the required header', async (type) => {
    const request = { ...SYNC, body: '{}', ...(type === undefined ? {} : { headers: { 'content-type': type } }) };
    expect(await ask(request)).toMatchObject({
      status: 415,
      body: { code: 'unsupported_media_type', hint: expect.stringContaining('Content-Type: application/json') },
    });
  });

  test('of another type is refused for its type, whatever its bytes', async () => {
    const headers = { 'content-type': 'application/octet-stream' };
    expect(await ask({ ...SYNC, body: Buffer.from([0xff]), headers })).toMatchObject({ status: 415 });
  });

  test('[W10] that is compressed is refused', async () => {
    const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' };
    expect(await ask({ ...SYNC, body: '{}', headers })).toMatchObject({ status: 415 });
  });

  test.each([
    ['cut off', '{"dry_run": tr'],
    ['not JSON', 'dry_run=true'],
    ['two values', '{} {}'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
    ['a byte order mark', '\ufeff{}'],
    ['nested without end', '['.repeat(100_000)],
    ['nested deeply', '['.repeat(100_000) + ']'.repeat(100_000)],
  ])('that is %s is refused', async (_, body) => {
    const answer = await ask({ ...SYNC, body, headers: JSON_TYPE });
    expect(answer).toMatchObject({ status: 400, body: { success: false } });
    expect(Reflect.get({}, 'dry_run')).toBeUndefined();
  });

  test.each([
    ['__proto__', '{"__proto__": {"dry_run": true}}'],
    ['__proto__', '{"agent": {"__proto__": {}}}'],
    ['constructor', '{"constructor": {"prototype": {"x": 1}}}'],
  ])('that has the key %s is refused by the name of the key: %s', async (key, body) => {
    expect(await ask({ ...SYNC, body, headers: JSON_TYPE })).toMatchObject({
      status: 400,
      body: {
        code: 'invalid_request',
        error: `The body is not valid: ${key} is unknown.`,
        hint: `${key} must be left out.`,
      },
    });
    expect(Reflect.get({}, 'dry_run')).toBeUndefined();
  });

  test('[W8] larger than the limit is refused, signed or not, and however it is encoded', async () => {
    const body = Buffer.alloc(LIMITS.bodyBytes + 1, ' ');
    for (const route of [SYNC, WEBHOOK]) {
      expect(await ask({ ...route, body, headers: JSON_TYPE })).toMatchObject({ status: 413 });
      expect(await ask({ ...route, body: body.toString(), headers: JSON_TYPE })).toMatchObject({
        status: 413,
        body: { code: 'payload_too_large' },
      });
    }
    expect(await ask({ ...WEBHOOK, body: body.subarray(1) })).toMatchObject({ status: 200 });
  });

  test('[W13] that is signed reaches its endpoint as the sent bytes, valid JSON or not', async () => {
    const bytes = Buffer.from([0x7b, 0xff, 0x00, 0x22]);
    expect((await ask({ ...WEBHOOK, body: bytes, headers: JSON_TYPE })).body).toMatchObject({ bytes: '7bff0022' });
    expect((await ask({ ...WEBHOOK, body: '{"a": 1}' })).body).toMatchObject({
      bytes: Buffer.from('{"a": 1}').toString('hex'),
    });
  });
});

describe('an input that its schema refuses', () => {
  test.each([
    [{ dry_run: 'yes' }, 'dry_run', '"yes"', 'must be true or false'],
    [{ older_than_days: -1 }, 'older_than_days', '-1', 'must be at least 0'],
    [{ older_than_days: 1.5 }, 'older_than_days', '1.5', 'must be a whole number'],
    [{ mode: 'slow' }, 'mode', '"slow"', 'must be "full" or "fast"'],
    [
      { dryrun: true },
      'dryrun',
      'unknown',
      'must be left out: did you mean dry_run? known here: dry_run, older_than_days, mode',
    ],
  ])('%j is refused with the field, its value and what is allowed', async (body, field, got, allowed) => {
    expect(await ask({ ...SYNC, body, headers: JSON_TYPE })).toMatchObject({
      status: 400,
      body: {
        success: false,
        code: 'invalid_request',
        error: `The body is not valid: ${field} is ${got}.`,
        hint: `${field} ${allowed}.`,
        issues: [{ field, got, allowed }],
      },
    });
  });

  test.each([
    [[], 'a list'],
    ['null', 'null'],
  ])('%j: a body that is no object', async (body, got) => {
    expect((await ask({ ...SYNC, body, headers: JSON_TYPE })).body).toMatchObject({
      error: `The body is not valid: the body is ${got}.`,
      hint: 'the body must be an object.',
    });
  });

  test('names every field that is wrong', async () => {
    const { body } = await ask({ ...SYNC, body: { dry_run: 1, older_than_days: 'x' } });
    expect(body['error']).toBe('The body is not valid: dry_run is 1, older_than_days is "x".');
  });

  test('may be a query', async () => {
    expect((await ask({ path: '/api/audit-agents?agent_id=agent_1' })).body).toMatchObject({
      query: { agent_id: 'agent_1' },
    });
    expect(await ask({ path: '/api/audit-agents?agent=1' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', hint: 'agent must be left out: known here: agent_id.' },
    });
    expect(await ask({ path: `/api/audit-agents?agent_id=${'x'.repeat(200)}` })).toMatchObject({ status: 400 });
  });
});
