/** `.github/workflows/deploy.yml`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const workflow = readFileSync(join(import.meta.dirname, '..', '..', '.github', 'workflows', 'deploy.yml'), 'utf8');

test('every action is pinned by its digest, and says which version that is', () => {
  const uses = [...workflow.matchAll(/uses: (.+)$/gm)].map(([, action]) => action);
  expect(uses.length).toBeGreaterThan(0);
  for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test('holds no key: it signs in by OIDC, and only where it deploys or compares', () => {
  expect(workflow).not.toMatch(/secrets\.|aws-access-key/);
  expect(workflow).toMatch(/^permissions: \{\}$/m);
  expect(workflow.match(/id-token: write/g)).toHaveLength(2);
});

test('runs no text of a pull request in a shell', () => {
  const expressions = [...workflow.matchAll(/\$\{\{ *([^}]+?) *\}\}/g)].map(([, expression]) => expression);
  expect(expressions.filter((expression) => /github\.(event|head_ref)/.test(expression ?? ''))).toEqual([]);
});
