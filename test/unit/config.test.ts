import { describe, expect, test } from '@jest/globals';
import { ConfigError, parseConfig } from '../../shared/config.ts';
import { parseConnectionString } from '../../shared/db/connection-string.ts';

describe('[S49] the environment', () => {
  test('has a default for everything', () => {
    expect(parseConfig({})).toMatchObject({
      port: 3000,
      database: null,
      createInterviewerTable: true,
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

  test('is used as set', () => {
    const config = parseConfig({
      PORT: '0',
      DATABASE_URL: 'postgresql://platform@db.example/app',
      CREATE_INTERVIEWER_TABLE: 'true',
      DATABASE_CONNECTIONS: '2',
      RETELL_API_KEY: 'key_1',
      RETELL_BASE_URL: 'https://retell.example/',
      RETELL_WEBHOOK_SECRET: 'key_2,key_3',
      SYNC_AUTH_TOKEN: 'a-good-long-token-of-24==',
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
      createInterviewerTable: true,
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
    expect(config.rules.namePatterns.test('the COACH')).toBe(true);
    expect(config.rules.namePatterns.test('stagecoach')).toBe(false);
  });

  test('has one connection to the database on Lambda, which serves one request at a time', () => {
    expect(parseConfig({ AWS_LAMBDA_FUNCTION_NAME: 'sync' })).toMatchObject({ databaseConnections: 1 });
  });

  test.each([
    ['PORT', 'abc'],
    ['PORT', '65536'],
    ['DATABASE_URL', 'mysql://localhost/db'],
    ['CREATE_INTERVIEWER_TABLE', 'yes'],
    ['DATABASE_PORT', '0'],
    ['DATABASE_NAME', ''],
    ['DATABASE_CONNECTIONS', '0'],
    ['RETELL_API_KEY', ''],
    ['RETELL_API_KEY', 'undefined'],
    ['RETELL_BASE_URL', 'not a url'],
    ['RETELL_BASE_URL', 'file:///etc/passwd'],
    ['RETELL_BASE_URL', 'http://retell.example'],
    ['RETELL_BASE_URL', 'http://127.0.0.1.example'],
    ['RETELL_WEBHOOK_SECRET', ' '],
    ['RETELL_WEBHOOK_SECRET', ' , '],
    ['SYNC_AUTH_TOKEN', 'nineteen-characters'],
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
  ])('[A2] %s=%j is refused in one line that names it', (name, value) => {
    const parse = () => parseConfig({ [name]: value });
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(new RegExp(`^${name} [^\\n]+$`));
  });
});

test.each(['PORT', 'LOG_LEVEL', 'SYNC_SCHEDULE', 'RETELL_AGENT_VERSION', 'DATABASE_PORT', 'RETELL_BASE_URL'])(
  '[S94] a refused %s that holds a URL is shown without its password',
  (name) => {
    const parse = () => parseConfig({ [name]: 'postgres://user:hunter2@host/database' });
    expect(parse).toThrow(new RegExp(`^${name} `));
    expect(parse).not.toThrow(/hunter2/);
  },
);

test('[S94] an address that contradicts DATABASE_URL is shown without its password', () => {
  const DATABASE_HOST = 'postgres://user:hunter2@other';
  const parse = () => parseConfig({ DATABASE_URL: 'postgres://u@h/d', RETELL_API_KEY: 'key_1', DATABASE_HOST });
  expect(parse).toThrow(/^DATABASE_HOST is /);
  expect(parse).not.toThrow(/hunter2/);
});

/** The variables of a developer's shell, npm and Lambda, without ours. */
const USUAL = Object.fromEntries(
  `HOME=/home/ann SHELL=/bin/zsh USER=ann LOGNAME=ann PATH=/usr/bin PWD=/work OLDPWD=/ TERM=xterm LANG=C LC_ALL=C TZ=UTC
  EDITOR=vi PAGER=less HISTSIZE=100 HISTFILE=/h SSH_AUTH_SOCK=/s TMPDIR=/tmp COLORTERM=truecolor XDG_SESSION_ID=1 VSCODE_PID=1
  npm_config_loglevel=warn npm_config_cache=/c npm_package_name=voice-agent-sync npm_lifecycle_event=start INIT_CWD=/work
  NODE_ENV=production NODE_OPTIONS=--enable-source-maps NODE_PATH=/n NVM_DIR=/nvm CI=true NPM_TOKEN=t GITHUB_TOKEN=t
  PGHOST=h PGPORT=1 PGUSER=u PGPASSWORD=p PGDATABASE=d PGOPTIONS=-csearch_path=x PGSSLMODE=require POSTGRES_URL=p
  POSTGRES_USER=u POSTGRES_PASSWORD=p DB_HOST=h DB_PORT=5432 DB_USER=u DB_NAME=n DATABASE=d DATABASE_USER=u
  DATABASE_PASSWORD=p DATABASE_POOL=5 DATABASE_SSL=true TEST_DATABASE_URL=t DIRECT_URL=u
  PORTAL=x SPORT=x PORTS=1,2 API_KEY=k AUTH_TOKEN=t BASE_URL=u SECRET=s TOKEN=t LEVEL=1 SCHEDULE=s EVENT_BUS=b LOG_FORMAT=json
  OPENAI_API_KEY=k CLERK_SECRET_KEY=k NEXT_PUBLIC_SUPABASE_URL=u NEXT_PUBLIC_LIVE_URL=l
  RETELL_AGENT_ID=a RETELL_LLM_ID=l RETELL_WEBHOOK_URL=u RETELL_FROM_NUMBER=+1
  AWS_REGION=eu-central-1 AWS_ACCESS_KEY_ID=k AWS_SECRET_ACCESS_KEY=s AWS_SESSION_TOKEN=t AWS_LAMBDA_LOG_LEVEL=INFO
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512 AWS_XRAY_DAEMON_ADDRESS=a _HANDLER=index.handler LAMBDA_TASK_ROOT=/var/task
  POWERTOOLS_METRICS_NAMESPACE=n POWERTOOLS_LOG_LEVEL=INFO KUBERNETES_SERVICE_HOST=h KUBERNETES_PORT_443_TCP=t`
    .split(/\s+/)
    .map((pair) => pair.split('=')),
);

describe('unknown variables', () => {
  test('[F9] the variables of a usual shell, of npm and of Lambda are accepted', () => {
    expect(() => parseConfig(USUAL)).not.toThrow();
    const given = {
      RETELL_API_KEY: 'key_1',
      DATABASE_URL: 'postgres://u@h/d',
      SYNC_AUTH_TOKEN: 'a-good-long-token-of-24==',
    };
    expect(parseConfig({ ...USUAL, ...given })).toMatchObject({ retellApiKey: { value: 'key_1' } });
  });

  test.each([
    ['RETELL_APIKEY', 'RETELL_API_KEY'],
    ['RETELL_API_KEYS', 'RETELL_API_KEY'],
    ['RETELL_KEY', 'RETELL_API_KEY'],
    ['RETELL_API_TOKEN', 'RETELL_API_KEY'],
    ['RETEL_API_KEY', 'RETELL_API_KEY'],
    ['retell_api_key', 'RETELL_API_KEY'],
    ['RETELL_URL', 'RETELL_BASE_URL'],
    ['RETELL_WEBHOOK_KEY', 'RETELL_WEBHOOK_SECRET'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABSAE_URL', 'DATABASE_URL'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['SYNC_TOKEN', 'SYNC_AUTH_TOKEN'],
    ['SYNC_AUTHTOKEN', 'SYNC_AUTH_TOKEN'],
    ['SYNC_SHEDULE', 'SYNC_SCHEDULE'],
    ['INTERVIEWER_NAME_PATTERNS', 'INTERVIEW_NAME_PATTERNS'],
    ['CREATE_INTERVIEWERS_TABLE', 'CREATE_INTERVIEWER_TABLE'],
    ['HISTORY_DAY', 'HISTORY_DAYS'],
    ['LOG_LEVLE', 'LOG_LEVEL'],
  ])('[F9] %s is refused in one line that suggests %s', (name, suggested) => {
    const parse = () => parseConfig({ ...USUAL, [name]: 'x' });
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(`${name} is not a setting of this system; did you mean ${suggested}?`);
  });

  test('a variable of similar words is accepted beside the right variable, a misspelling is not', () => {
    const set = { SYNC_AUTH_TOKEN: 'a-good-long-token-of-24==', RETELL_API_KEY: 'key_1' };
    expect(() => parseConfig({ ...set, SYNC_TOKEN: 'x' })).not.toThrow();
    expect(() => parseConfig({ ...set, RETELL_APIKEY: 'x' })).toThrow('RETELL_APIKEY is not a setting');
  });
});

describe('half a configuration', () => {
  const URL = 'postgres://u:p@h/d';

  test('DATABASE_URL is refused without RETELL_API_KEY', () => {
    expect(() => parseConfig({ DATABASE_URL: URL })).toThrow(/^DATABASE_URL is set, so RETELL_API_KEY must be set too/);
    expect(() => parseConfig({ DATABASE_URL: URL, RETELL_API_KEY: 'key_1' })).not.toThrow();
  });

  test('[F6] an API key is refused on AWS without a database', () => {
    const lambda = { AWS_LAMBDA_FUNCTION_NAME: 'sync' };
    expect(() => parseConfig({ ...lambda, RETELL_API_KEY_SECRET_ARN: 'arn' })).toThrow(
      'RETELL_API_KEY_SECRET_ARN is set, so DATABASE_SECRET_ARN must be set too',
    );
    // Like the console and the migrations, which do not call Retell.
    expect(() => parseConfig({ ...lambda, DATABASE_SECRET_ARN: 'arn' })).not.toThrow();
  });

  test('an API key is accepted with the embedded database', () => {
    expect(parseConfig({ RETELL_API_KEY: 'key_1' })).toMatchObject({ database: null, createInterviewerTable: true });
  });
});

describe('the address of the database', () => {
  const key = { RETELL_API_KEY: 'key_1' };

  test('settings complete a connection string', () => {
    const { database } = parseConfig({
      ...key,
      DATABASE_URL: 'postgres://u:p@h',
      DATABASE_NAME: 'app',
      DATABASE_SCHEMA: 'foloup',
      DATABASE_PORT: '6543',
      DATABASE_HOST: 'h',
    });
    const value = database?.kind === 'value' ? database.value : '';
    expect(value).toBe('postgres://u:p@/app?host=h&port=6543&schema=foloup');
    expect(parseConnectionString(value)).toMatchObject({ ok: true });
  });

  test.each([
    ['DATABASE_HOST', 'other'],
    ['DATABASE_PORT', '1'],
    ['DATABASE_NAME', 'other'],
    ['DATABASE_SCHEMA', 'other'],
  ])('%s is refused when it contradicts the connection string, or has none to complete', (name, value) => {
    const url = 'postgres://u:hidden@h:5432/d?schema=s';
    const parse = () => parseConfig({ ...key, DATABASE_URL: url, [name]: value });
    expect(parse).toThrow(`${name} is "${value}", but DATABASE_URL says otherwise`);
    expect(() => parseConfig({ ...key, [name]: value })).toThrow(`${name} is set, so DATABASE_URL must be set too`);
  });

  test('settings complete both secrets on AWS', () => {
    const settings = { DATABASE_NAME: 'app', DATABASE_HOST: 'proxy' };
    const { database, databaseOwner, createInterviewerTable } = parseConfig({
      ...settings,
      AWS_LAMBDA_FUNCTION_NAME: 'migrate',
      DATABASE_SECRET_ARN: 'arn:service',
      DATABASE_OWNER_SECRET_ARN: 'arn:owner',
    });
    const address = new Map([
      ['host', 'proxy'],
      ['dbname', 'app'],
    ]);
    expect(database).toMatchObject({ arn: 'arn:service', database: address });
    expect(databaseOwner).toMatchObject({ arn: 'arn:owner', database: address });
    expect(createInterviewerTable).toBe(false);
  });

  test('the table may be created in the embedded database by default, elsewhere only with CREATE_INTERVIEWER_TABLE', () => {
    const url = { ...key, DATABASE_URL: 'postgres://u:p@h/d' };
    expect(parseConfig(url).createInterviewerTable).toBe(false);
    expect(parseConfig({ ...url, CREATE_INTERVIEWER_TABLE: 'TRUE' }).createInterviewerTable).toBe(true);
    expect(parseConfig({ CREATE_INTERVIEWER_TABLE: 'false' }).createInterviewerTable).toBe(false);
  });
});
