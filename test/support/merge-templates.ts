/** CloudFormation templates of one stack merged into one, for checks whose cost grows with the number of resources. */
import * as v from 'valibot';

const Section = v.record(v.string(), v.unknown());
const Content = v.object({ Resources: Section, Outputs: v.optional(Section, {}), Parameters: v.optional(Section, {}) });
const Definition = v.object({ Type: v.optional(v.string(), 'Output'), Properties: v.optional(Section, {}) });
const ParsedTemplate = v.pipe(v.string(), v.parseJson(), Content);

export type TemplateContent = v.InferOutput<typeof Content>;

const SUFFIX = /Variant\d+$/;

export const parseTemplate = (text: string): TemplateContent => v.parse(ParsedTemplate, text);

/**
 * Every definition with a part that none before it has: the second of an id has the id with `Variant2`, and so on. Without
 * the other definitions, which only combine the same parts differently, the linter takes half of the time.
 */
export function mergeTemplates(templates: readonly TemplateContent[]): TemplateContent {
  return {
    Resources: mergeSections(templates.map(({ Resources }) => Resources)),
    Outputs: mergeSections(templates.map(({ Outputs }) => Outputs)),
    Parameters: mergeSections(templates.map(({ Parameters }) => Parameters)),
  };
}

/** The id in the templates that were merged. */
export const originalId = (id: string): string => id.replace(SUFFIX, '');

function mergeSections(sections: readonly TemplateContent['Resources'][]): TemplateContent['Resources'] {
  const numbers = new Map<string, number>();
  const merged = new Map<string, unknown>();
  const seen = new Set<string>();
  for (const [id, definition] of sections.flatMap((section) => Object.entries(section))) {
    const number = (numbers.get(id) ?? 0) + 1;
    const parts = partsOf(definition);
    // The first of each id is kept for the references to it.
    if (number > 1 && parts.every((part) => seen.has(part))) continue;
    for (const part of parts) seen.add(part);
    numbers.set(id, number);
    merged.set(number === 1 ? id : `${id}Variant${number}`, definition);
  }
  return Object.fromEntries(merged);
}

/**
 * What the linter's rules are about: the keys of each object, each value with its path (elements of lists and references
 * as a whole), and the values of all properties that are neither objects nor lists, together.
 */
export function partsOf(definition: unknown): readonly string[] {
  const { Type, Properties } = v.parse(Definition, definition);
  const plain = Object.entries(Properties).filter(([, value]) => typeof value !== 'object');
  return [`${Type} ${JSON.stringify(plain)}`, ...partsIn(definition, Type)];
}

function partsIn(value: unknown, path: string): readonly string[] {
  if (Array.isArray(value)) return value.map((element) => `${path}[] ${JSON.stringify(element)}`);
  if (typeof value !== 'object' || value === null || isReference(value)) return [`${path} ${JSON.stringify(value)}`];
  const keys = Object.keys(value).sort().join(' ');
  return [`${path} ${keys}`, ...Object.entries(value).flatMap(([key, part]) => partsIn(part, `${path}.${key}`))];
}

const isReference = (value: object) => Object.keys(value).some((key) => key === 'Ref' || key.startsWith('Fn::'));

/** The ids that a template refers to and does not have. */
export function danglingReferences({ Resources, Outputs, Parameters }: TemplateContent): readonly string[] {
  const known = new Set([...Object.keys(Resources), ...Object.keys(Parameters)]);
  const references = new Set([...referencesIn(Resources), ...referencesIn(Outputs)]);
  return [...references].filter((id) => !known.has(id) && !id.startsWith('AWS::'));
}

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]: [string, unknown]) => {
    if (key === 'Ref' || key === 'DependsOn') return [part].flat().map(String);
    if (key === 'Fn::GetAtt') return [String([part].flat()[0]).split('.')[0] ?? ''];
    const inText = key === 'Fn::Sub' ? [...String([part].flat()[0]).matchAll(/\$\{([\w:]+)/g)] : [];
    return [...inText.map(([, id = '']) => id), ...referencesIn(part)];
  });
}
