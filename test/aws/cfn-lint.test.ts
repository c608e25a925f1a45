/** AWS's own linter on every configuration's templates, for regions that differ in what they have. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { synthesiseAll } from '../support/templates.ts';

const COMMAND = 'cfn-lint';
const REGIONS = ['us-east-1', 'eu-central-1', 'ap-southeast-2'];
/** What an ideal linter would find none of; its warnings are about dependencies that CDK says twice. */
const ONLY_ERRORS = ['--ignore-checks', 'W', 'I', '--format', 'json', '--non-zero-exit-code', 'none'];

const Findings = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(v.object({ Filename: v.string(), Message: v.string(), Rule: v.object({ Id: v.string() }) })),
);

const isInstalled = spawnSync(COMMAND, ['--version']).status === 0;
// Said aloud, because a test that is skipped looks like one that passed.
if (!isInstalled) console.warn(`${COMMAND} is not installed: its test is SKIPPED (pip install cfn-lint)`);

(isInstalled ? describe : describe.skip)('cfn-lint', () => {
  test('finds no error in any template of any configuration', async () => {
    const templates = differentFiles(await synthesiseAll());
    const { stdout, stderr } = spawnSync(COMMAND, [...ONLY_ERRORS, '--regions', ...REGIONS, '--', ...templates], {
      encoding: 'utf8',
      maxBuffer: 50_000_000,
    });
    expect(stderr).toBe('');
    const findings = v
      .parse(Findings, stdout)
      .map(({ Filename, Rule, Message }) => `${Filename} ${Rule.Id} ${Message}`);
    expect(findings).toEqual([]);
  }, 600_000);
});

/** Many configurations have a template in common. */
function differentFiles(home: string): string[] {
  const byContent = new Map<string, string>();
  for (const path of readdirSync(home, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.template.json')) continue;
    const file = join(home, path);
    byContent.set(createHash('sha256').update(readFileSync(file)).digest('hex'), file);
  }
  return [...byContent.values()];
}
