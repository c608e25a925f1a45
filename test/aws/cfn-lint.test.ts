/** AWS's own linter on the templates of all configurations and of all pairs of settings, for regions with different services. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { allPairs, choices, combinations, pairsOf } from '../support/combinations.ts';
import {
  danglingReferences,
  mergeTemplates,
  originalId,
  parseTemplate,
  partsOf,
  type TemplateContent,
} from '../support/merge-templates.ts';
import { synthesizeAll } from '../support/templates.ts';

const COMMAND = 'cfn-lint';
const REGIONS = ['us-east-1', 'eu-central-1', 'ap-southeast-2'];
/**
 * Its warnings are about dependencies that CDK writes twice. Merged variants have more resources (E3010) and outputs (E6010)
 * than a template may have; a test counts those of each template.
 */
const OPTIONS = ['--ignore-checks', 'W', 'I', 'E3010', 'E6010', '--format', 'json', '--non-zero-exit-code', 'none'];
/** Two resources with the same name, which variants of one resource have. */
const SAME_NAME = 'E3019';

const Findings = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(v.object({ Filename: v.string(), Message: v.string(), Rule: v.object({ Id: v.string() }) })),
);
type Finding = v.InferOutput<typeof Findings>[number];

const isInstalled = spawnSync(COMMAND, ['--version']).status === 0;
// Printed, because a skipped test looks like a passed test.
if (!isInstalled) console.warn(`${COMMAND} is not installed: its tests are SKIPPED (pip install cfn-lint)`);

describe('templates of every configuration and of every two values of two settings', () => {
  const home = mkdtempSync(join(tmpdir(), 'voice-agent-sync-pairs-'));
  /** By the name of the stack's file. */
  const byStack = new Map<string, TemplateContent[]>();

  beforeAll(async () => {
    const script = join(import.meta.dirname, '..', 'support', 'synthesize-templates.ts');
    const [configurations] = await Promise.all([
      synthesizeAll(),
      promisify(execFile)(process.execPath, [script, home, 'combinations'], { maxBuffer: 50_000_000 }),
    ]);
    for (const path of [configurations, home].flatMap(templateFiles)) {
      const templates = byStack.get(basename(path)) ?? [];
      byStack.set(basename(path), [...templates, parseTemplate(readFileSync(path, 'utf8'))]);
    }
  }, 900_000);
  afterAll(() => rmSync(home, { recursive: true }));

  test('are made without an unacknowledged finding of cdk-nag', () => {
    expect(readdirSync(home)).toHaveLength(combinations().length);
    expect(byStack.get('Service.template.json')?.length).toBeGreaterThan(combinations().length);
  });

  test('refer only to what they have', () => {
    expect([...byStack.values()].flat().flatMap(danglingReferences)).toEqual([]);
  });

  test('have at most the 500 resources and 200 outputs that CloudFormation accepts', () => {
    const sizes = [...byStack].map(([name, templates]) => ({
      name,
      resources: Math.max(...templates.map(({ Resources }) => Object.keys(Resources).length)),
      outputs: Math.max(...templates.map(({ Outputs }) => Object.keys(Outputs).length)),
    }));
    expect(sizes.filter(({ resources }) => !(resources > 0 && resources <= 500))).toEqual([]);
    expect(sizes.filter(({ outputs }) => outputs > 200)).toEqual([]);
  });

  test('are merged without the loss of a part of a resource', () => {
    const lost = [...byStack.values()].flatMap((templates) => {
      const merged = new Set(mergedBySubnets(templates).flatMap(partsIn));
      return templates.flatMap(partsIn).filter((part) => !merged.has(part));
    });
    expect(lost).toEqual([]);
  });

  (isInstalled ? describe : describe.skip)('checked by cfn-lint', () => {
    test('have no resource or output with an error', () => {
      const merged = mkdtempSync(join(tmpdir(), 'voice-agent-sync-merged-'));
      for (const [name, templates] of byStack)
        for (const [index, template] of mergedBySubnets(templates).entries())
          writeFileSync(join(merged, `${index}-${name}`), JSON.stringify(template, null, 1));
      expect(findingsIn(merged)).toEqual([]);
      rmSync(merged, { recursive: true });
    }, 600_000);
  });
});

test('the combinations hold every two values of two settings, in few deployments', () => {
  const held = new Set(choices().flatMap(pairsOf));
  expect([...allPairs()].filter((pair) => !held.has(pair))).toEqual([]);
  expect(choices().length).toBeLessThan(30);
});

/** Subnets of one template must not overlap, so only templates with the same subnets are merged. */
const mergedBySubnets = (templates: readonly TemplateContent[]) =>
  [...Map.groupBy(templates, subnetsOf).values()].map(mergeTemplates);

const subnetsOf = ({ Resources }: TemplateContent) =>
  Object.values(Resources)
    .map((resource) => JSON.stringify(resource))
    .filter((resource) => resource.includes('"AWS::EC2::Subnet"'))
    .join();

const partsIn = ({ Resources }: TemplateContent) => Object.values(Resources).flatMap(partsOf);

const templateFiles = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.template.json'))
    .map((path) => join(folder, path));

/** The linter's findings about the merged templates in a folder. */
function findingsIn(folder: string): readonly string[] {
  const { stdout, stderr } = spawnSync(COMMAND, [...OPTIONS, '--regions', ...REGIONS, '--', ...templateFiles(folder)], {
    encoding: 'utf8',
    maxBuffer: 50_000_000,
  });
  expect(stderr).toBe('');
  return v
    .parse(Findings, stdout)
    .filter((finding) => !isAboutVariants(finding))
    .map(({ Filename, Rule, Message }) => `${Filename} ${Rule.Id} ${Message}`);
}

/** Whether the resources that share a name are variants of one resource, which no template contains together. */
function isAboutVariants({ Rule, Message }: Finding): boolean {
  const ids = [...(/across the resources \{(.*)\}/.exec(Message)?.[1] ?? '').matchAll(/'(\w+)'/g)];
  return Rule.Id === SAME_NAME && new Set(ids.map(([, id = '']) => originalId(id))).size === 1;
}
