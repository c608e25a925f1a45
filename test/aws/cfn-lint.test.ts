/** AWS's own linter on every configuration's templates, for regions with different services. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { synthesiseAll } from '../support/templates.ts';

const COMMAND = 'cfn-lint';
const REGIONS = ['us-east-1', 'eu-central-1', 'ap-southeast-2'];
/** Errors only: its warnings are about dependencies that CDK writes twice. */
const ONLY_ERRORS = ['--ignore-checks', 'W', 'I', '--format', 'json', '--non-zero-exit-code', 'none'];

const Findings = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(v.object({ Filename: v.string(), Message: v.string(), Rule: v.object({ Id: v.string() }) })),
);

const isInstalled = spawnSync(COMMAND, ['--version']).status === 0;
// Printed, because a skipped test looks like a passed test.
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

/** Many configurations share a template. */
function differentFiles(home: string): string[] {
  const byContent = new Map<string, string>();
  for (const path of readdirSync(home, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.template.json')) continue;
    const file = join(home, path);
    byContent.set(createHash('sha256').update(readFileSync(file)).digest('hex'), file);
  }
  return [...byContent.values()];
}
