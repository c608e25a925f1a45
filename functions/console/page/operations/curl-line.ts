import { readToken } from '../data/access-token.ts';
import { endpointUrl } from '../data/client.ts';

const PIPE = `printf 'Authorization: Bearer %s' "$SYNC_AUTH_TOKEN" | `;

/** The request as a curl command, which reads the token from a pipe: every user of the machine sees a command line. */
export function curlLine(path: string, body: object): string {
  const [pipe, header] = readToken() === null ? ['', ''] : [PIPE, ' -H @-'];
  return `${pipe}curl -X POST '${endpointUrl(path).href}'${header} -H 'Content-Type: application/json' -d ${quoted(JSON.stringify(body))}`;
}

/** Where the command line looks for the service if no address is given. */
const LOCAL = /^http:\/\/(127\.0\.0\.1|localhost):3000\/$/;

/** The command of the command line, against the service of this page. */
export function cliLine(words: string, service = endpointUrl('').href): string {
  const line = `npm run cli -- ${words}`;
  return LOCAL.test(service) ? line : `${line} --url ${quoted(service.replace(/\/$/, ''))}`;
}

/** One word for a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
