/** `.github/workflows`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const FOLDER = join(import.meta.dirname, '..', '..', '.github', 'workflows');
const workflows = readdirSync(FOLDER).map((name) => readFileSync(join(FOLDER, name), 'utf8'));
const all = workflows.join('\n');
const deploy = readFileSync(join(FOLDER, 'deploy.yml'), 'utf8');

test('[S90] every action is pinned by digest, with its version in a comment, and to the same digest in every workflow', () => {
  const uses = [...all.matchAll(/uses: (.+)$/gm)].map(([, action = '']) => action);
  expect(uses.length).toBeGreaterThan(0);
  for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  const byName = Map.groupBy(new Set(uses), (action) => action.split('@')[0]);
  expect([...byName.values()].filter((pins) => pins.length > 1)).toEqual([]);
});

test('every workflow uses the Node of .nvmrc, and programs of other registries by exact version', () => {
  expect(all).not.toMatch(/node-version:/);
  const versions = all.match(/node-version-file: \.nvmrc/g) ?? [];
  expect(versions).toHaveLength([...all.matchAll(/actions\/setup-node/g)].length);
  const programs = [...all.matchAll(/pipx? (?:run|install) (.+)$/gm)].map(([, program]) => program);
  for (const program of programs) expect(program).toMatch(/^--spec [\w-]+==\d+\.\d+\.\d+ /);
});

test('no workflow can write to the repository, and the tests of a pull request require the dependency audit', () => {
  expect(all).not.toMatch(/: write-all|contents: write|pull_request_target/);
  expect(readFileSync(join(FOLDER, 'ci.yml'), 'utf8')).toMatch(/AUDIT_REQUIRED: 'true'/);
});

test('deploy.yml contains no key: it signs in by OIDC, only in the jobs that deploy or compare', () => {
  expect(deploy).not.toMatch(/secrets\.|aws-access-key/);
  expect(deploy).toMatch(/^permissions: \{\}$/m);
  expect(deploy.match(/id-token: write/g)).toHaveLength(2);
});

test('no workflow runs text of a pull request in a shell', () => {
  const expressions = [...all.matchAll(/\$\{\{ *([^}]+?) *\}\}/g)].map(([, expression]) => expression ?? '');
  const ofCaller = expressions.filter((expression) => /github\.(event|head_ref)/.test(expression));
  expect(ofCaller).toEqual([]);
});
