import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { ERRORS } from '../../shared/api/errors.ts';
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

test('the runbook has exactly the error codes that are not the caller’s fault, each once', () => {
  const made = new Set(found(/apiError\('(\w+)'/g));
  const documented = Object.entries(ERRORS).filter(([code, { status }]) => status >= 500 && made.has(code));
  const codes = new Set([
    ...documented.map(([code]) => code),
    ...found(/new AppError\(\{\s*status: 5\d\d,\s*code: '(\w+)'/g),
    ...found(/error_code = '(\w+)'/g),
  ]);
  expect(listed('Sync failed').sort()).toEqual([...codes].sort());
});

let templates: Templates;
beforeAll(async () => {
  templates = await templatesOf('rds');
}, 180_000);

test('the docs name exactly the outputs of a deployment', async () => {
  const both = [templates, await templatesOf('fullAlarms'), await templatesOf('ownPostgres')];
  const outputs = new Set(both.flatMap(({ all }) => all.flatMap((template) => Object.keys(template.outputs()))));
  expect(listedOutputs().sort()).toEqual([...outputs].sort());
});

/** The first cells of the table of outputs. */
function listedOutputs(): string[] {
  const section =
    read('docs/aws.md')
      .split(/\n##+ /)
      .find((text) => text.startsWith('Outputs\n')) ?? '';
  return [...section.matchAll(/^\| (`.+?`) \|/gm)].flatMap(([, cell = '']) => cell.replaceAll('`', '').split(', '));
}

test('the webhook URL is the route of the API', () => {
  const outputs = templates.service.outputs();
  expect(outputs['WebhookUrl']).toEqual({ 'Fn::Join': ['', [outputs['ApiUrl'], '/api/retell-webhook']] });
});
