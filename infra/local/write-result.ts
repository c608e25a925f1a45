import type { ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import * as v from 'valibot';

const LambdaResult = v.object({
  statusCode: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
  headers: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])), {}),
  body: v.optional(v.string(), ''),
  isBase64Encoded: v.optional(v.boolean(), false),
});

/**
 * Sends a Lambda's result as API Gateway would; settles when it is sent or the caller has disconnected.
 * @throws ValiError when it is not in payload format 2.0
 */
export async function writeResult(response: ServerResponse, result: unknown): Promise<void> {
  const { statusCode, headers, body, isBase64Encoded } = v.parse(LambdaResult, result);
  if (response.destroyed) return;
  const values = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  response.setHeaders(new Map(values));
  response.statusCode = statusCode;
  response.end(isBase64Encoded ? Buffer.from(body, 'base64') : body);
  // Rejects when the caller has disconnected, which is not our failure.
  await finished(response).catch(() => undefined);
}
