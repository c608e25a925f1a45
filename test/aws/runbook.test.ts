import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { type Templates, templatesOf } from '../support/templates.ts';

const PROJECT = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(PROJECT, path), 'utf8');
const sources = ['shared', 'functions'].flatMap((folder) =>
  readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|sql)$/.test(path))
    .map((path) => read(join(folder, path))),
);
const found = (pattern: RegExp) => sources.flatMap((text) => [...text.matchAll(pattern)].map(([, code = '']) => code));

/** The backticked words in the first cells of the rows of a section's table. */
function listed(heading: string): string[] {
  const section =
    read('docs/runbook.md')
      .split('\n## ')
      .find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| (`.+?`) \|/gm)].flatMap(([, cell = '']) => cell.replaceAll('`', '').split(', '));
}

test('the runbook knows every code of a failure that is not its caller’s, once, and no other', () => {
  const codes = new Set([...found(/new AppError\(\s*5\d\d,\s*'(\w+)'/g), ...found(/error_code = '(\w+)'/g)]);
  expect(listed('Sync failed').sort()).toEqual([...codes].sort());
});

let templates: Templates;
beforeAll(() => {
  templates = templatesOf();
}, 180_000);

test('what a deployment prints at its end is all that the docs say, and they tell of each', () => {
  const outputs = Object.keys(templates.service.findOutputs('*')).filter((name) => !name.startsWith('Exports'));
  expect(outputs.sort()).toEqual([
    'ApiUrl',
    'DatabaseSecretArn',
    'DeadLettersUrl',
    'MigrateFunctionName',
    'RetellApiKeySecretArn',
    'SyncTokenSecretArn',
    'WebhookUrl',
  ]);
  const deploy = read('docs/aws.md');
  for (const name of outputs) expect(deploy).toContain(`\`${name}\``);
});
