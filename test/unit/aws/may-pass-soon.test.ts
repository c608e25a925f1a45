import { expect, test } from '@jest/globals';
import { DatabaseError } from 'pg';
import { mayPassSoon } from '../../../shared/aws/may-pass-soon.ts';
import { unreachable } from '../../../shared/db/database-error.ts';
import { AppError } from '../../../shared/errors.ts';

function refusal(code: string): DatabaseError {
  return Object.assign(new DatabaseError('refused', 7, 'error'), { code });
}

const secret = (cause: unknown) =>
  new AppError({ status: 503, code: 'secret_unavailable', message: 'The secret', hint: 'hint', cause });

test.each([
  [
    'a server that refuses connections',
    unreachable(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })),
    true,
  ],
  ['a host that has no address yet', unreachable(Object.assign(new Error('none'), { code: 'ENOTFOUND' })), true],
  ['no answer in time', unreachable(new Error('timeout expired')), true],
  ['a server that is starting', unreachable(refusal('57P03')), true],
  ['a server without a free connection', unreachable(refusal('53300')), true],
  ['a wrong password', unreachable(refusal('28P01')), false],
  ['an unknown database', unreachable(refusal('3D000')), false],
  [
    'a certificate of an unknown CA',
    unreachable(Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' })),
    false,
  ],
  ['a secret that cannot be read', secret(new Error('AccessDenied')), true],
  ['a secret that holds no usable value', secret(undefined), false],
  ['a fault of ours', new TypeError('x'), false],
])('whether the migrations wait for the database: %s', (_, error, expected) => {
  expect(mayPassSoon(error)).toBe(expected);
});
