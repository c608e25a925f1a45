/**
 * The settings of an agent that are mirrored but decide nothing: `retell_metadata`, as Retell returns them. An absent
 * field stays absent; an unusable value is made storable or left out, always in the same way, so that it does not look
 * like a change.
 */
import type { Json } from '../api/fields.ts';
import type { Agent } from '../domain/agent.ts';
import { cutText, storable } from '../text.ts';

/** For the platform's table, which browsers may read: nothing private, and no ids of engines. */
type MirroredSettings = Pick<Agent, 'metadata' | 'webhook_url' | 'webhook_events'>;

/** undefined: left out. */
type Read = (value: unknown) => Json | undefined;

const MAX_CHARACTERS = 1_000;
const MAX_ENTRIES = 100;

const FIELDS: Readonly<Record<string, Read>> = {
  response_engine: orNull(readEngine),
  voice_model: orNull(readText),
  voice_speed: orNull(readNumber),
  voice_temperature: orNull(readNumber),
  voice_emotion: orNull(readText),
  volume: orNull(readNumber),
  responsiveness: orNull(readNumber),
  interruption_sensitivity: orNull(readNumber),
  fallback_voice_ids: orNull(readTexts),
  assigned_tags: orNull(readTexts),
  version_title: orNull(readText),
  is_published: orNull(readBoolean),
};

/** Parses the response to `GET /get-agent/{id}`, whatever it is. */
export function parseMetadata(raw: unknown): MirroredSettings {
  return {
    metadata: readFields(raw, FIELDS),
    webhook_url: readText(fieldOf(raw, 'webhook_url')) ?? null,
    webhook_events: readTexts(fieldOf(raw, 'webhook_events')) ?? null,
  };
}

function readFields(raw: unknown, fields: Readonly<Record<string, Read>>): Readonly<Record<string, Json>> {
  const entries = Object.entries(fields).flatMap(([name, read]) => {
    const value = read(fieldOf(raw, name));
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}

function fieldOf(raw: unknown, name: string): unknown {
  return typeof raw === 'object' && raw !== null && Object.hasOwn(raw, name) ? Reflect.get(raw, name) : undefined;
}

function orNull(read: Read): Read {
  return (value) => (value === null ? null : read(value));
}

/** Only type and version, because an engine's id, or its URL, is private. */
function readEngine(value: unknown): Json | undefined {
  const engine = readFields(value, { type: readText, version: orNull(readNumber) });
  return Object.keys(engine).length === 0 ? undefined : engine;
}

function readText(value: unknown): string | undefined {
  return typeof value === 'string' ? cutText(storable(value), MAX_CHARACTERS) : undefined;
}

function readTexts(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = value.slice(0, MAX_ENTRIES).map(readText);
  return texts.filter((text) => text !== undefined);
}

/** Turns -0, which JSON does not have, into 0. */
function readNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value + 0 : undefined;
}

function readBoolean(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}
