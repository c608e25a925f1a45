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
  const printed = Object.entries(templates.service.findOutputs('*')).filter(([name]) => !name.startsWith('Exports'));
  const outputs = Object.fromEntries(printed.map(([name, { Value }]) => [name, Value]));
  const id = (start: string) => expect.stringMatching(new RegExp(`^${start}[0-9A-F]{8}$`));
  const address = { 'Fn::GetAtt': [id('Api'), 'ApiEndpoint'] };
  expect(outputs).toEqual({
    ApiUrl: address,
    DatabaseSecretArn: { Ref: id('ServiceRoleSecretAttachment') },
    DeadLettersUrl: { Ref: id('DeadLetters') },
    MigrateFunctionName: { Ref: id('MigrateFunction') },
    RetellApiKeySecretArn: { Ref: id('RetellApiKey') },
    SyncTokenSecretArn: { Ref: id('SyncToken') },
    WebhookUrl: { 'Fn::Join': ['', [address, '/api/retell-webhook']] },
  });
  const deploy = read('docs/aws.md');
  for (const name of Object.keys(outputs)) expect(deploy).toContain(`\`${name}\``);
});
