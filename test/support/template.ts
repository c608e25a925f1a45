/** A CloudFormation template for tests. Not CDK's class, which takes seconds to load in each test file. */
import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import * as v from 'valibot';

const Resource = v.looseObject({
  Type: v.string(),
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever CloudFormation knows; the tests compare it
  Properties: v.optional(v.any(), {}),
  DependsOn: v.optional(v.array(v.string()), []),
});
const Output = v.looseObject({ Value: v.unknown(), Export: v.optional(v.unknown()) });
const Content = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({
    Resources: v.record(v.string(), Resource),
    Outputs: v.optional(v.record(v.string(), Output), {}),
    Rules: v.optional(
      v.record(v.string(), v.looseObject({ Assertions: v.array(v.record(v.string(), v.unknown())) })),
      {},
    ),
    Parameters: v.optional(v.record(v.string(), v.record(v.string(), v.unknown())), {}),
  }),
);

export type Resource = v.InferOutput<typeof Resource>;

export class Template {
  readonly content: v.InferOutput<typeof Content>;

  constructor(path: string) {
    this.content = v.parse(Content, readFileSync(path, 'utf8'));
  }

  /** By logical id. */
  findResources(type: string): Readonly<Record<string, Resource>> {
    return Object.fromEntries(Object.entries(this.content.Resources).filter(([, { Type }]) => Type === type));
  }

  properties(type: string): Resource['Properties'][] {
    return Object.values(this.findResources(type)).map(({ Properties }) => Properties);
  }

  /** The outputs for people, without the exports. */
  outputs(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
      Object.entries(this.content.Outputs)
        .filter(([name]) => !/^(Exports|PublishOutput)/.test(name))
        .map(([name, { Value }]) => [name, Value]),
    );
  }

  /** Expects a resource of this type with at least these properties, which may contain jest's asymmetric matchers. */
  hasResource(type: string, resource: object): void {
    // oxlint-disable-next-line jest/no-standalone-expect -- called in tests
    expect(Object.values(this.findResources(type))).toContainEqual(withParts(resource));
  }

  hasResourceProperties(type: string, properties: object): void {
    this.hasResource(type, { Properties: properties });
  }
}

/** Objects at every depth may have further properties. */
function withParts(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || 'asymmetricMatch' in value) return value;
  if (Array.isArray(value)) return value.map(withParts);
  return expect.objectContaining(
    Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withParts(part)])),
  );
}
