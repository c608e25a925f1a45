/**
 * The options of a command, derived from the schema of its request: name, kind, choices and description are defined
 * once.
 */
import { toJsonSchema } from '@valibot/to-json-schema';
import type { ObjectSchema } from '../../shared/api/endpoint.ts';
import type { Schema } from '../../shared/api/fields.ts';

export interface Option {
  /** Without the dashes. */
  readonly name: string;
  /** A `flag` takes no value. */
  readonly kind: 'flag' | 'number' | 'text';
  /** The name of the value in the help. */
  readonly value: string;
  readonly description: string;
  readonly choices: readonly string[];
}

/** An option with the field of the request that it sets. */
export interface FieldOption extends Option {
  readonly field: string;
  /** What a flag sends. */
  readonly set: true | 'true';
}

export interface FieldSelection {
  /** Fields that are not offered. */
  readonly without?: readonly string[];
  /** Other names than the field's own. */
  readonly named?: Readonly<
    Record<string, { readonly name: string; readonly value: string; readonly description: string }>
  >;
}

export function optionsOf(
  { entries }: Pick<ObjectSchema, 'entries'>,
  { without = [], named = {} }: FieldSelection = {},
): readonly FieldOption[] {
  return Object.entries(entries)
    .filter(([field]) => !without.includes(field))
    .map(([field, schema]) => ({ ...optionOf(field, schema), ...named[field] }));
}

function optionOf(field: string, schema: Schema): FieldOption {
  const { type, enum: choices = [], const: only, description = '' } = toJsonSchema(schema, CONVERSION);
  const shown = choices.filter((choice) => typeof choice === 'string');
  const isFlag = type === 'boolean' || only === 'true';
  const kind = isFlag ? 'flag' : type === 'integer' || type === 'number' ? 'number' : 'text';
  const value = kind === 'number' ? 'number' : 'value';
  return {
    name: field.replaceAll('_', '-'),
    kind,
    value: shown.length === 0 ? value : shown.join('|'),
    description,
    choices: shown,
    field,
    set: only === 'true' ? 'true' : true,
  };
}

/** The input of the schema. Rules that JSON Schema cannot express are left to the service, which validates again. */
const CONVERSION = { typeMode: 'input', errorMode: 'ignore' } as const;

export type OptionValues = Readonly<Record<string, string | true | undefined>>;

/** Fields of a request. */
export type Fields = Readonly<Record<string, string | number | true>>;

/**
 * The fields of a request, as the given options set them. An invalid number is sent unchanged: the service refuses it.
 */
export function fieldsOf(options: readonly FieldOption[], values: OptionValues): Fields {
  return Object.fromEntries(
    options.flatMap((option) => {
      const value = values[option.name];
      return value === undefined ? [] : [[option.field, value === true ? option.set : converted(option, value)]];
    }),
  );
}

function converted({ kind }: FieldOption, value: string): string | number {
  return kind === 'number' && /^-?\d+$/.test(value) ? Number(value) : value;
}
