import { describe, expect, test } from '@jest/globals';
import { Retell } from 'retell-sdk';
import { classifyError, isCertainlyNotExecuted, isRetryable } from '../../../shared/retell/call-failure.ts';

/** An error as the SDK throws it: the system's error is a cause. */
function connectionError(code: string, message: string): Error {
  const cause = new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });
  return new Retell.APIConnectionError({ cause });
}

describe('a request without a connection was certainly not executed', () => {
  test.each([
    ['ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:80'],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND api.retellai.com'],
    ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN api.retellai.com'],
    ['EHOSTUNREACH', 'connect EHOSTUNREACH 192.0.2.1:443'],
    ['ENETUNREACH', 'connect ENETUNREACH 192.0.2.1:443'],
    ['CERT_HAS_EXPIRED', 'certificate has expired'],
    ['CERT_NOT_YET_VALID', 'certificate is not yet valid'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', "Hostname/IP does not match certificate's altnames"],
    ['INVALID_CA', 'invalid CA certificate'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unable to get local issuer certificate'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate'],
  ])('%s', (code, message) => {
    const failure = classifyError(connectionError(code, message), 0);
    expect(failure).toMatchObject({ kind: 'unreachable', reason: expect.stringContaining(message) });
    expect(failure.reason).toContain(code);
    expect([isCertainlyNotExecuted(failure), isRetryable(failure)]).toEqual([true, true]);
  });
});

describe('a request on a connection that broke may have been executed', () => {
  test.each([
    ['ECONNRESET', 'socket hang up', 'socket hang up (ECONNRESET)'],
    ['EPIPE', 'write EPIPE', 'write EPIPE'],
    ['ETIMEDOUT', '', 'ETIMEDOUT'],
    ['HPE_INVALID_CONSTANT', 'Parse Error: Expected HTTP/', 'Parse Error: Expected HTTP/ (HPE_INVALID_CONSTANT)'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'alert', 'alert (ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED)'],
  ])('%s', (code, message, words) => {
    const failure = classifyError(connectionError(code, message), 0);
    expect(failure).toMatchObject({ kind: 'connection_lost', reason: `the connection failed: ${words}` });
    expect([isCertainlyNotExecuted(failure), isRetryable(failure)]).toEqual([false, true]);
  });
});

test('the text of a system error is bounded and has no control characters', () => {
  const { reason } = classifyError(connectionError('EPIPE', `\u001b[31m\0${'x'.repeat(1_000)}`), 0);
  expect(reason).not.toMatch(/\p{Cc}/u);
  expect(reason.length).toBeLessThan(400);
});
