/** `.ci/run`, with stand-ins for the programs that it runs. */
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

let project: string;
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'ci-run-'));
  await cp(join(import.meta.dirname, '../../.ci/run'), join(project, '.ci/run'), { recursive: true });
  for (const name of ['bash', 'dirname', 'mktemp', 'rm', 'tee', 'grep', 'cat']) await link(name);
  await program('chromium', '');
  await program('pgbouncer', '');
  await npm('Tests:       1 skipped, 3 passed, 4 total');
});
afterEach(() => rm(project, { recursive: true }));

async function link(name: string): Promise<void> {
  await symlink(spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim(), join(project, name));
}

async function program(name: string, script: string): Promise<void> {
  await writeFile(join(project, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** An npm whose `test` prints this summary, and whose audit fails only if a result is required. */
async function npm(summary: string): Promise<void> {
  await program(
    'npm',
    `case "$*" in
       test) echo '${summary}' >&2;;
       *--require) echo 'AUDIT: required'; exit 1;;
       *audit*) echo 'AUDIT: not required';;
       *) echo "npm $*";;
     esac`,
  );
}

function run(env: Readonly<Record<string, string>> = {}) {
  return spawnSync(join(project, 'bash'), ['.ci/run'], {
    cwd: project,
    env: { PATH: project, ...env },
    encoding: 'utf8',
  });
}

test('runs the tests, more schedules, the mutation tests, and the audit as its last line', () => {
  expect(run()).toMatchObject({
    status: 0,
    stdout:
      'Tests:       1 skipped, 3 passed, 4 total\nnpm run jest -- test/convergence\nnpm run test:mutation\nAUDIT: not required\n',
  });
});

test.each(['Tests:       4 skipped, 4 total', 'Tests:       0 total', ''])(
  'fails when no test ran: %j',
  async (summary) => {
    await npm(summary);
    expect(run()).toMatchObject({ status: 1, stderr: 'No test ran.\n' });
  },
);

test('requires a result of the audit if AUDIT_REQUIRED is true', () => {
  const { status, stdout } = run({ AUDIT_REQUIRED: 'true' });
  expect(status).toBe(1);
  expect(stdout).toMatch(/\nAUDIT: required\n$/);
  expect(run({ AUDIT_REQUIRED: 'false' }).status).toBe(0);
});

test('installs the smallest browser, or uses an installed one, or continues with a warning', async () => {
  expect(run()).toMatchObject({ status: 0, stderr: '' });
  await rm(join(project, 'chromium'));
  const warning = 'Could not install Chromium: the tests that need it are skipped.\n';
  expect(run()).toMatchObject({ status: 0, stderr: warning });
  await program('apt-get', `echo "$*" >> ${join(project, 'asked')}`);
  expect(run()).toMatchObject({ status: 0, stderr: '' });
  expect(await readFile(join(project, 'asked'), 'utf8')).toBe('update -qq\ninstall -y -qq chromium-headless-shell\n');
});

test('installs the whole browser where the system does not offer the smallest', async () => {
  await rm(join(project, 'chromium'));
  await program('apt-get', `echo "$*" >> ${join(project, 'asked')}; case "$*" in *shell) exit 100;; esac`);
  expect(run()).toMatchObject({ status: 0, stderr: '' });
  expect(await readFile(join(project, 'asked'), 'utf8')).toMatch(/\ninstall -y -qq chromium\n$/);
});
