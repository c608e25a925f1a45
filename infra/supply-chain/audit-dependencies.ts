/**
 * `npm run audit:dependencies`: checks every package for known vulnerabilities and verifies its signature. The last line is
 * the result: none found, found, or that the registry could not be reached, which fails only with `--require`.
 */
import { execFile } from 'node:child_process';
import * as v from 'valibot';

type Verdict =
  | { readonly kind: 'none' }
  | { readonly kind: 'found'; readonly what: string }
  | { readonly kind: 'unknown'; readonly reason: string };

const Vulnerabilities = v.object({
  vulnerabilities: v.record(v.string(), v.object({ severity: v.string() })),
});
const Packages = v.array(v.object({ name: v.string() }));
const Signatures = v.object({ invalid: Packages, missing: Packages });
const Failure = v.object({
  message: v.optional(v.string(), ''),
  error: v.optional(v.object({ summary: v.string() }), { summary: '' }),
});

const verdicts = [
  judge(await npm('audit'), Vulnerabilities, ({ vulnerabilities }) =>
    Object.entries(vulnerabilities).map(([name, { severity }]) => `${name} has a vulnerability (${severity})`),
  ),
  judge(await npm('audit', 'signatures'), Signatures, ({ invalid, missing }) => [
    ...invalid.map(({ name }) => `${name} has an invalid signature`),
    ...missing.map(({ name }) => `${name} has no signature`),
  ]),
];
console.log(summary());
const fails = process.argv.includes('--require') ? ['found', 'unknown'] : ['found'];
if (verdicts.some(({ kind }) => fails.includes(kind))) process.exitCode = 1;

/** Development dependencies count: `npm start` and the deployment run some of them. */
function npm(...args: readonly string[]): Promise<string> {
  const options = ['--json', '--include=dev', '--include=optional', '--fetch-retries=0', '--fetch-timeout=30000'];
  return new Promise((resolve) => {
    // npm exits with 1 if it finds something; the result is still on stdout.
    execFile('npm', [...args, ...options], { maxBuffer: 50_000_000 }, (_, stdout) => resolve(stdout));
  });
}

function judge<T>(output: string, schema: v.GenericSchema<unknown, T>, findings: (result: T) => string[]): Verdict {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), output);
  if (!result.success) return { kind: 'unknown', reason: reasonIn(output) };
  const found = findings(result.output);
  return found.length === 0 ? { kind: 'none' } : { kind: 'found', what: found.join('; ') };
}

function reasonIn(output: string): string {
  const failure = v.safeParse(v.pipe(v.string(), v.parseJson(), Failure), output);
  const text = failure.success ? failure.output.error.summary || failure.output.message : '';
  return text.trim().split('\n')[0] || 'npm printed no result';
}

/** One unmistakable line, which ends the output of CI. */
function summary(): string {
  const found = verdicts.flatMap((verdict) => (verdict.kind === 'found' ? verdict.what : []));
  const reasons = new Set(verdicts.flatMap((verdict) => (verdict.kind === 'unknown' ? verdict.reason : [])));
  const notAsked = reasons.size === 0 ? [] : [`THE REGISTRY COULD NOT BE ASKED (${[...reasons].join('; ')})`];
  if (found.length > 0) return `DEPENDENCY AUDIT: FOUND: ${[...found, ...notAsked].join('; ')}`;
  if (notAsked.length > 0) return `DEPENDENCY AUDIT: NOT DONE: ${notAsked.join('')}`;
  return 'DEPENDENCY AUDIT: NONE FOUND: no known vulnerability, every signature is valid';
}
