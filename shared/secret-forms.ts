/** The forms in which a text may contain a secret: as it is, or as a library encoded it. */

/** Shorter encoded forms would be common words of a log. */
const SHORTEST_ENCODED = 8;

export function secretForms(secret: string): readonly string[] {
  if (secret === '') return [];
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const encoded = [...urlForms(secret), ...jsonForms(secret), ...base64Forms(bytes), hex, hex.toUpperCase()];
  return [...new Set([secret, ...encoded.filter((form) => form.length >= SHORTEST_ENCODED)])];
}

function urlForms(secret: string): readonly string[] {
  const component = encodeURIComponent(secret.toWellFormed());
  const form = new URLSearchParams({ '': secret }).toString().slice(1);
  return [component, form].flatMap((text) => [text, text.replaceAll(/%../g, (code) => code.toLowerCase())]);
}

/** Also as JSON within JSON, and as other languages write it. */
function jsonForms(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const ascii = json.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const slashes = json.replaceAll('/', String.raw`\/`);
  return [json, ascii, slashes, JSON.stringify(json).slice(1, -1)];
}

const BASE64_BITS = 6;

/**
 * Within a longer text, such as `user:password`, the secret begins at the first, second or third byte of a group; the
 * characters that it shares with its neighbors are left out.
 */
function base64Forms(bytes: Buffer): readonly string[] {
  const standard = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return text.slice(Math.ceil((before * 8) / BASE64_BITS), Math.floor(((before + bytes.length) * 8) / BASE64_BITS));
  });
  return [...standard, ...standard.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))];
}
