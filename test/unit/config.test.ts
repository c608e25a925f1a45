import { describe, expect, test } from '@jest/globals';
import { ConfigError, parseConfig } from '../../shared/config.ts';

describe('the environment', () => {
  test('has a default for everything', () => {
    expect(parseConfig({})).toMatchObject({
      port: 3000,
      database: null,
      databaseConnections: 10,
      retellApiKey: null,
      retellBaseUrl: null,
      webhookSecret: null,
      authToken: null,
      schedule: { kind: 'rate', text: 'rate(5 minutes)', every_ms: 300_000 },
      direction: 'both',
      templateAgentId: null,
      agentVersion: 'latest',
      retellConcurrency: 10,
      fullRefreshHours: 24,
      historyDays: 90,
      logLevel: 'info',
    });
  });

  test('is obeyed where it is set', () => {
    const config = parseConfig({
      PORT: '0',
      DATABASE_URL: 'postgresql://platform@db.example/app',
      DATABASE_CONNECTIONS: '2',
      RETELL_API_KEY: 'key_1',
      RETELL_BASE_URL: 'https://retell.example/',
      RETELL_WEBHOOK_SECRET: 'key_2,key_3',
      SYNC_AUTH_TOKEN: 'a-good-long-token==',
      SYNC_SCHEDULE: 'off',
      INTERVIEW_NAME_PATTERNS: ' Tutor , coach,',
      SYNC_DIRECTION: 'pull',
      RETELL_TEMPLATE_AGENT_ID: 'agent_template',
      RETELL_AGENT_VERSION: 'prod',
      RETELL_CONCURRENCY: '3',
      FULL_REFRESH_HOURS: '6',
      HISTORY_DAYS: '30',
      LOG_LEVEL: 'WARN',
    });
    expect(config).toMatchObject({
      port: 0,
      database: { kind: 'value', value: 'postgresql://platform@db.example/app' },
      databaseConnections: 2,
      retellBaseUrl: 'https://retell.example',
      schedule: { kind: 'off' },
      direction: 'pull',
      templateAgentId: 'agent_template',
      agentVersion: 'prod',
      retellConcurrency: 3,
      fullRefreshHours: 6,
      historyDays: 30,
      logLevel: 'warn',
    });
    expect(config.namePatterns.test('the COACH')).toBe(true);
    expect(config.namePatterns.test('stagecoach')).toBe(false);
  });

  test('has one connection to the database on Lambda, which serves one request at a time', () => {
    expect(parseConfig({ AWS_LAMBDA_FUNCTION_NAME: 'sync' })).toMatchObject({ databaseConnections: 1 });
  });

  test.each([
    ['PORT', 'abc'],
    ['PORT', '65536'],
    ['DATABASE_URL', 'mysql://localhost/db'],
    ['DATABASE_CONNECTIONS', '0'],
    ['RETELL_API_KEY', ''],
    ['RETELL_API_KEY', 'undefined'],
    ['RETELL_BASE_URL', 'not a url'],
    ['RETELL_BASE_URL', 'file:///etc/passwd'],
    ['RETELL_BASE_URL', 'http://retell.example'],
    ['RETELL_BASE_URL', 'http://127.0.0.1.example'],
    ['RETELL_WEBHOOK_SECRET', ' '],
    ['RETELL_WEBHOOK_SECRET', ' , '],
    ['SYNC_AUTH_TOKEN', 'short'],
    ['SYNC_AUTH_TOKEN', '   '],
    ['SYNC_AUTH_TOKEN', 'undefined'],
    ['SYNC_AUTH_TOKEN', 'with a space in it'],
    ['SYNC_SCHEDULE', 'every now and then'],
    ['SYNC_SCHEDULE', 'rate(0 minutes)'],
    ['SYNC_SCHEDULE', 'rate(60 days)'],
    ['INTERVIEW_NAME_PATTERNS', ' , '],
    ['SYNC_DIRECTION', 'push'],
    ['RETELL_AGENT_VERSION', '../latest'],
    ['RETELL_CONCURRENCY', '0'],
    ['FULL_REFRESH_HOURS', '25'],
    ['HISTORY_DAYS', '1.5'],
    ['LOG_LEVEL', 'loud'],
  ])('%s=%j is refused in one line that names it', (name, value) => {
    const parse = () => parseConfig({ [name]: value });
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(new RegExp(`^${name} [^\\n]+$`));
  });
});
