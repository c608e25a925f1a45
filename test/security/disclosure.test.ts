import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { bareEnvironment } from '../support/child-environment.ts';
import { adminQuery, createTestDatabase, databaseUrl, type TestDatabase } from '../support/postgres.ts';

const ROLE = { name: 'canary_superuser', password: 'canary-secret-database' };
const SCRIPT = join(import.meta.dirname, 'run-handlers.ts');

const Answers = v.array(
  v.union([
    v.string(),
    v.looseObject({ statusCode: v.number(), body: v.string() }),
    v.looseObject({ success: v.boolean() }),
  ]),
);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'disclosure-'));
  await adminQuery(`create role ${ROLE.name} superuser login password '${ROLE.password}'`);
});
afterAll(async () => {
  await adminQuery(`drop role ${ROLE.name}`);
  await rm(directory, { recursive: true });
});

describe.each([
  ['at a terminal', {}],
  ['on Lambda', { AWS_LAMBDA_FUNCTION_NAME: 'test' }],
])('every function, in success and failure, %s', (_, env) => {
  let database: TestDatabase;
  let output: string;
  let answers: string;
  let statuses: number[];

  beforeAll(async () => {
    database = await createTestDatabase();
    const url = databaseUrl(new URL(database.url).pathname.slice(1), ROLE);
    const file = join(directory, 'answers.json');
    const options = { env: { ...bareEnvironment(), DATABASE_URL: url, ...env }, maxBuffer: 100_000_000 };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [SCRIPT, file], options);
    output = stdout + stderr;
    const parsed = v.parse(Answers, JSON.parse(await readFile(file, 'utf8')));
    answers = parsed.map((answer) => (typeof answer === 'string' ? answer : JSON.stringify(answer))).join('\n');
    statuses = parsed.flatMap((answer) =>
      typeof answer === 'object' && 'statusCode' in answer ? [Number(answer['statusCode'])] : [],
    );
  }, 60_000);
  afterAll(() => database.drop());

  test('has responded with every status and failed for every reason', () => {
    for (const status of [200, 400, 401, 415, 500, 502, 503]) expect(statuses).toContain(status);
    for (const word of [
      'Request completed',
      'Request refused',
      'retell_unauthorized',
      'schema_mismatch',
      'XX000',
      'ECONNREFUSED',
      '28P01',
    ]) {
      expect(output).toContain(word);
    }
  });

  test('[W18] logs no secret, no personal data and no value of a row', () => {
    expect(output.split('\n').filter((line) => /canary[-_](secret|person|row-)/.test(line))).toEqual([]);
  });

  test('[S16] responds with no secret, no input of other callers and no value of a row', () => {
    expect(answers.split('\n').filter((line) => /canary[-_](secret|person|row)/.test(line))).toEqual([]);
  });

  test('[S6] responds with no stack trace, statement, file path or connection string', () => {
    const inner = /\n? {4}at |\.ts:\d|node_modules|postgres(ql)?:\/\/(?!user:password)|select .* from |insert into /;
    expect(answers.split('\n').filter((line) => inner.test(line))).toEqual([]);
  });
});
