import { expect, test } from '@jest/globals';
import { setLocal, showSettings, startupOptions } from '../../../shared/db/session-settings.ts';

const SETTINGS = { search_path: 'pg_catalog, pg_temp', lock_timeout: '30s' };

test('settings as start-up options have their blanks escaped', () => {
  expect(startupOptions(SETTINGS)).toBe('-c search_path=pg_catalog,\\ pg_temp -c lock_timeout=30s');
});

test('settings are set and shown by qualified functions, whatever the search path holds', () => {
  expect(setLocal(SETTINGS)).toBe(
    `select pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true), pg_catalog.set_config('lock_timeout', '30s', true)`,
  );
  expect(showSettings(SETTINGS)).toBe(
    `select pg_catalog.current_setting('search_path') as "search_path", pg_catalog.current_setting('lock_timeout') as "lock_timeout"`,
  );
});
