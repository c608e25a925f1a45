import { readToken } from '../data/access-token.ts';
import { endpointUrl } from '../data/client.ts';

/** The request as a curl command; refers to the token by its environment variable. */
export function curlLine(path: string, body: object): string {
  const token = readToken() === null ? '' : ` -H "Authorization: Bearer $SYNC_AUTH_TOKEN"`;
  return `curl -X POST '${endpointUrl(path).href}'${token} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
}
