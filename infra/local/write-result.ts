import type { ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import * as v from 'valibot';

const GatewayResult = v.object({
  statusCode: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
  headers: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])), {}),
  cookies: v.optional(v.array(v.string()), []),
  body: v.optional(v.string(), ''),
  isBase64Encoded: v.optional(v.boolean(), false),
});

/**
 * Sends what a Lambda answered, as API Gateway would; settles when it is sent or the caller is gone.
 * @throws ValiError for an answer that is not in payload format 2.0
 */
export async function writeResult(response: ServerResponse, result: unknown): Promise<void> {
  const { statusCode, headers, cookies, body, isBase64Encoded } = v.parse(GatewayResult, result);
  if (response.destroyed) return;
  const values = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  response.setHeaders(new Map<string, string | string[]>(values));
  if (cookies.length > 0) response.setHeader('set-cookie', cookies);
  response.statusCode = statusCode;
  response.end(isBase64Encoded ? Buffer.from(body, 'base64') : body);
  // It rejects when the caller has hung up, which is not our failure.
  await finished(response).catch(() => undefined);
}
