import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LOCAL_ASSETS } from '../../functions/console/build-assets.ts';
import { HANDLERS } from '../../infra/local/handlers.ts';
import { httpEvent, testContext } from '../support/events.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

/** Limit for the compressed script and stylesheet together. */
const MOST_BYTES = 120_000;

describe('the page', () => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(() => system.close());

  const get = (path: string, headers: Record<string, string> = {}) =>
    system.call(`GET ${path}`, undefined, { headers });

  test('is one script and one stylesheet of at most 120 KB', () => {
    const compressed = readdirSync(LOCAL_ASSETS).filter((file) => file.endsWith('.gz'));
    expect(compressed.map((file) => file.replace(/-[A-Z0-9]{8}/, '')).sort()).toEqual([
      'console.css.gz',
      'console.js.gz',
    ]);
    const bytes = compressed.reduce((sum, file) => sum + statSync(join(LOCAL_ASSETS, file)).size, 0);
    expect(bytes).toBeLessThan(MOST_BYTES);
  });

  test('is never cached and allows only its own files', async () => {
    const { status, headers, body } = await get('/');
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'text/html; charset=utf-8' });
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(body).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*src=)/);
    const named = [...body.matchAll(/(?:src|href)="(assets\/[^"]*)"/g)].map(([, path]) => path);
    expect(named).toHaveLength(2);
    for (const path of named) expect((await get(`/${path}`)).status).toBe(200);
  });

  test('names assets by a hash of their content and caches them for a year', async () => {
    const file = readdirSync(LOCAL_ASSETS).find((name) => name.endsWith('.js')) ?? '';
    const plain = await get(`/assets/${file}`);
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(plain.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(Buffer.from(plain.body, 'base64').equals(readFileSync(join(LOCAL_ASSETS, file)))).toBe(true);
    const compressed = await get(`/assets/${file}`, { 'accept-encoding': 'gzip, br' });
    expect(compressed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
  });

  test.each([
    ['the base path of a custom domain', '/voices', '$default'],
    ['a base path of several segments', '/tools/voices', '$default'],
    ['the name of a stage', '/prod', 'prod'],
  ])('[A14] below %s, without a slash at the end, redirects to its files', async (_, rawPath, stage) => {
    const event = httpEvent({ path: '/' });
    const below = { ...event, rawPath, requestContext: { ...event.requestContext, stage } };
    const byRoute = await HANDLERS.console(below, testContext());
    const byPath = await HANDLERS.console({ ...below, rawPath: `${rawPath}/` }, testContext());
    expect(byRoute).toMatchObject({ statusCode: 308, headers: { location: expect.any(String) } });
    const { location } = Object(Object(byRoute).headers);
    expect(new URL(location, `https://example.org${rawPath}`).pathname).toBe(`${rawPath}/`);
    expect(byPath).toMatchObject({ statusCode: 200, body: expect.stringContaining('<div id="console">') });
  });

  test.each([
    'nothing.js',
    'index.html',
    '..%2Fassets.ts',
    '%2e%2e%2findex.ts',
    'console-AAAAAAAA.js',
    'console-AAAAAAAA.js.gz',
  ])('has no asset %s', async (file) => {
    const { status, body } = await get(`/assets/${file}`);
    expect(status).toBe(404);
    expect(body.code).toBe('asset_not_found');
  });
});
