import { describe, expect, test } from '@jest/globals';
import { Retell } from 'retell-sdk';
import { failureOf, isRetryable, isSurelyNotCarriedOut } from '../../../shared/retell/failure.ts';

/** As the SDK throws what fetch throws, whose cause bears the system's name for it. */
function connectionError(code: string): Error {
  const cause = new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
  return new Retell.APIConnectionError({ cause });
}

describe('a request that came to no connection was surely not carried out', () => {
  test.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'INVALID_CA',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ])('%s', (code) => {
    const failure = failureOf(connectionError(code), 0);
    expect(failure).toMatchObject({ kind: 'unreachable', reason: expect.stringContaining(code) });
    expect([isSurelyNotCarriedOut(failure), isRetryable(failure)]).toEqual([true, true]);
  });
});

describe('of a connection that broke nobody knows', () => {
  test.each([
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'UND_ERR_SOCKET',
    'UND_ERR_BODY_TIMEOUT',
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  ])('%s', (code) => {
    const failure = failureOf(connectionError(code), 0);
    expect(failure).toMatchObject({ kind: 'lost', reason: `the connection failed (${code})` });
    expect([isSurelyNotCarriedOut(failure), isRetryable(failure)]).toEqual([false, true]);
  });
});
