import { readToken } from '../data/access-token.ts';
import { endpointUrl } from '../data/client.ts';

const PIPE = `printf 'Authorization: Bearer %s' "$SYNC_AUTH_TOKEN" | `;

/** The request as a curl command, which reads the token from a pipe: every user of the machine sees a command line. */
export function curlLine(path: string, body: object): string {
  const [pipe, header] = readToken() === null ? ['', ''] : [PIPE, ' -H @-'];
  return `${pipe}curl -X POST '${endpointUrl(path).href}'${header} -H 'Content-Type: application/json' -d ${quoted(JSON.stringify(body))}`;
}

/** One word for a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
