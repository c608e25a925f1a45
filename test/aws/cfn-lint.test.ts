/** AWS's own linter on every configuration's templates, for regions with different services. */
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { allPairs, choices, combinations, pairsOf } from '../support/combinations.ts';
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
if (!isInstalled) console.warn(`${COMMAND} is not installed: its tests are SKIPPED (pip install cfn-lint)`);

(isInstalled ? describe : describe.skip)('cfn-lint', () => {
  test('finds no error in any template of any configuration', async () => {
    expect(findingsIn(await synthesiseAll(), REGIONS)).toEqual([]);
  }, 600_000);

  test('finds no error, and cdk-nag nothing new, in templates of every two values of two settings', async () => {
    const home = mkdtempSync(join(tmpdir(), 'voice-agent-sync-pairs-'));
    const script = join(import.meta.dirname, '..', 'support', 'synthesise-templates.ts');
    await promisify(execFile)(process.execPath, [script, home, 'combinations'], { maxBuffer: 50_000_000 });
    expect(readdirSync(home)).toHaveLength(combinations().length);
    // The other regions have the same services as in the test before.
    expect(findingsIn(home, REGIONS.slice(0, 1))).toEqual([]);
    rmSync(home, { recursive: true });
  }, 900_000);
});

test('the combinations hold every two values of two settings, in few deployments', () => {
  const held = new Set(choices().flatMap(pairsOf));
  expect([...allPairs()].filter((pair) => !held.has(pair))).toEqual([]);
  expect(choices().length).toBeLessThan(30);
});

/** What the linter says of the templates below a folder. */
function findingsIn(home: string, regions: readonly string[]): string[] {
  const { stdout, stderr } = spawnSync(
    COMMAND,
    [...ONLY_ERRORS, '--regions', ...regions, '--', ...differentFiles(home)],
    { encoding: 'utf8', maxBuffer: 50_000_000 },
  );
  expect(stderr).toBe('');
  return v.parse(Findings, stdout).map(({ Filename, Rule, Message }) => `${Filename} ${Rule.Id} ${Message}`);
}

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
