/** `.github/workflows`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

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

test('[S99] no workflow can write to the repository, and the tests of a pull request require the dependency audit', () => {
  expect(all).not.toMatch(/: write-all|contents: write|pull_request_target/);
  expect(readFileSync(join(FOLDER, 'ci.yml'), 'utf8')).toMatch(/AUDIT_REQUIRED: 'true'/);
});

test('[S99] deploy.yml contains no key: it signs in by OIDC, only in the jobs that deploy or compare', () => {
  expect(deploy).not.toMatch(/secrets\.|aws-access-key/);
  expect(deploy).toMatch(/^permissions: \{\}$/m);
  expect(deploy.match(/id-token: write/g)).toHaveLength(2);
});

test('no workflow runs text of a pull request in a shell', () => {
  const expressions = [...all.matchAll(/\$\{\{ *([^}]+?) *\}\}/g)].map(([, expression]) => expression ?? '');
  const ofCaller = expressions.filter((expression) => /github\.(event|head_ref)/.test(expression));
  expect(ofCaller).toEqual([]);
});

/** The steps of a job, as text. */
const jobOf = (name: string) => new RegExp(`^  ${name}:\\n(.*?)(?=^  \\w+:\\n|(?![^]))`, 'ms').exec(deploy)?.[1] ?? '';

describe('deploy.yml', () => {
  test('synthesizes and lints everything, compares pull requests of its own repository, and deploys a tag or by hand', () => {
    expect(deploy).toMatch(/^on:\n {2}pull_request:\n.*\n {2}push:\n {4}tags: \['v\*'\]\n {2}workflow_dispatch:$/m);
    expect(jobOf('synth')).toMatch(/cdk synth .*\n.*\n.*cfn-lint --ignore-checks W I -- cdk\.out\/\*\.template\.json/);
    expect(jobOf('diff')).toMatch(/pull_request' && .*\n.*head\.repo\.full_name == github\.repository/);
    expect(jobOf('deploy')).toMatch(/if: github\.event_name != 'pull_request'/);
  });

  test('gives the code of a pull request a role that can only read', () => {
    expect(jobOf('diff')).toMatch(/role-to-assume: \$\{\{ vars\.AWS_DIFF_ROLE \}\}/);
    expect(jobOf('diff')).toMatch(/cdk diff --all --method template/);
    expect(jobOf('diff')).not.toMatch(/AWS_DEPLOY_ROLE/);
    expect(jobOf('deploy')).toMatch(/environment: production\n/);
    const docs = readFileSync(join(FOLDER, '..', '..', 'docs', 'aws.md'), 'utf8');
    expect(docs).toMatch(/trust pull_request\)"\n.*\n.*\n.*role\/cdk-\*-lookup-role-\*" \}\] \}'/);
    expect(docs).toMatch(/--role-name voice-agent-sync-deploy .*"\$\(trust environment:production\)"/);
  });

  test('checks health, status and alarms after the deployment, and deploys the previous tag if that fails', () => {
    const job = jobOf('deploy');
    expect(job).toMatch(/BEGAN=.*GITHUB_ENV"\n.*cdk deploy --all --require-approval never/);
    expect(job).toMatch(/id: smoke\n.*verify:deployed -- "\$DEPLOYMENT" --smoke-since "\$BEGAN"/);
    expect(job).toMatch(/if: failure\(\) && steps\.smoke\.outcome == 'failure'\n/);
    expect(job).toMatch(/git describe --tags --abbrev=0 --match 'v\*' 'HEAD\^'/);
    expect(job).toContain('fetch-depth: 0');
  });

  test('fails if a command in a pipe fails', () => {
    expect(deploy).toMatch(/^defaults:\n {2}run:\n.*\n {4}shell: bash$/m);
  });
});
