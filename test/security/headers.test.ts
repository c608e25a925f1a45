import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LOCAL_ASSETS } from '../../functions/console/build-assets.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

let system: TestSystem;
let html: string;
beforeAll(async () => {
  html = await readFile(`${LOCAL_ASSETS}/index.html`, 'utf8');
  system = await startSystem();
});
afterAll(() => system.close());

const called = ({ method, path }: { method: string; path: string }) =>
  `${method} ${path.replace('{id}', '1').replace('{file}', /console-\w+\.js/.exec(html)?.[0] ?? '')}`;

describe.each<[string, Readonly<Record<string, string>>]>([
  ['', {}],
  [' that refuses a request', { SYNC_AUTH_TOKEN: 'a-configured-token-0123' }],
])('every response%s has strict headers', (_, env) => {
  beforeAll(() => system.configure(env));

  test.each(ENDPOINTS)('[S54] $method $path', async (route) => {
    const answer = await system.call(called(route), undefined, { headers: { authorization: 'Bearer wrong' } });
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': expect.stringMatching(/^max-age=\d{8,}/),
      'content-security-policy': expect.stringMatching(/^default-src 'none';.*frame-ancestors 'none'/),
      'x-request-id': expect.stringMatching(/./),
      'content-type': expect.stringMatching(/^(application\/json|text\/(html|javascript)); charset=utf-8$/),
    });
    const immutable = route.path.startsWith('/assets/');
    expect(answer.headers['cache-control']).toMatch(immutable ? /immutable$/ : /^no-store$/);
    const names = Object.keys(answer.headers);
    expect(names.filter((name) => /^(access-control-|server$|x-powered-by$|set-cookie$)/.test(name))).toEqual([]);
  });
});

test('[S24] the page’s policy allows only its own files, and no frames', async () => {
  const { headers } = await system.call('GET /');
  const policy = headers['content-security-policy'] ?? '';
  expect(policy).not.toMatch(/unsafe|\*|https?:|blob:/);
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ]) {
    expect(policy.split('; ')).toContain(rule);
  }
  expect(html.replace('http://www.w3.org/2000/svg', '')).not.toMatch(
    /<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|https?:\/\//,
  );
});

test('[S48] an asset name cannot lead out of the folder of the page', async () => {
  for (const file of [
    '..%2findex.html',
    '%2e%2e%2f%2e%2e%2fpackage.json',
    'index.html',
    'console-AAAAAAAA.js%00.html',
  ]) {
    expect(await system.call(`GET /assets/${file}`)).toMatchObject({ status: 404 });
  }
});
