/** CloudFormation templates of one stack merged into one, for checks whose cost grows with the number of resources. */
import * as v from 'valibot';

const Section = v.record(v.string(), v.unknown());
const Content = v.object({ Resources: Section, Outputs: v.optional(Section, {}), Parameters: v.optional(Section, {}) });
const ParsedTemplate = v.pipe(v.string(), v.parseJson(), Content);

export type TemplateContent = v.InferOutput<typeof Content>;

const SUFFIX = /Variant\d+$/;

export const parseTemplate = (text: string): TemplateContent => v.parse(ParsedTemplate, text);

/** Every different definition in the templates, once: the second of an id has the id with `Variant2`, and so on. */
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
  const variants = new Map<string, Map<string, unknown>>();
  for (const [id, definition] of sections.flatMap((section) => Object.entries(section))) {
    const found = variants.get(id) ?? new Map<string, unknown>();
    variants.set(id, found.set(JSON.stringify(definition), definition));
  }
  return Object.fromEntries(
    [...variants].flatMap(([id, found]) =>
      [...found.values()].map((definition, index) => [index === 0 ? id : `${id}Variant${index + 1}`, definition]),
    ),
  );
}

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
