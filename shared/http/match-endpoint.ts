import type { Endpoint, Route } from '../api/endpoint.ts';
import { type AppError, apiError } from '../errors.ts';
import { cutText } from '../text.ts';

export interface EndpointMatch {
  readonly endpoint: Endpoint;
  readonly path_parameters: Readonly<Record<string, string>>;
}

/** The endpoint that API Gateway would choose; undefined: no endpoint matches. */
export function matchEndpoint(endpoints: readonly Endpoint[], method: string, path: string): EndpointMatch | undefined {
  for (const endpoint of endpoints) {
    const path_parameters = endpoint.method === method ? matchPath(endpoint.path, path) : null;
    if (path_parameters !== null) return { endpoint, path_parameters };
  }
  return undefined;
}

/** A parameter matches one whole, non-empty segment, which must be valid percent-encoding. */
function matchPath(pattern: string, path: string): Record<string, string> | null {
  const expected = pattern.split('/');
  const given = path.split('/');
  if (expected.length !== given.length) return null;
  const parameters = new Map<string, string>();
  for (const [index, segment] of expected.entries()) {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined && segment !== given[index]) return null;
    if (name !== undefined) parameters.set(name, decode(given[index] ?? ''));
  }
  return [...parameters.values()].includes('') ? null : Object.fromEntries(parameters);
}

/** Empty if the segment is not valid percent-encoding. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}

/** The error for a request without an endpoint: 405 if another method exists for the path, otherwise 404. */
export function unknownRoute(endpoints: readonly Route[], { method, path }: RequestLine): AppError {
  const methods = endpoints.filter((endpoint) => isPathOf(endpoint, path)).map((endpoint) => endpoint.method);
  const shown = cutText(path, MAX_PATH_CHARACTERS);
  if (methods.length === 0)
    return apiError('not_found', {
      message: `There is nothing at ${shown}.`,
      hint: hint(endpoints, path),
    });
  return apiError('method_not_allowed', {
    message: `${shown} does not take ${method}.`,
    hint: `Use ${methods.join(' or ')}.`,
    details: { allowed_methods: methods },
  });
}

interface RequestLine {
  readonly method: string;
  readonly path: string;
}

const MAX_PATH_CHARACTERS = 100;

/** Names the extra part of a path that is nearly right: people type the URL of the webhook. */
function hint(endpoints: readonly Route[], path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  const near = endpoints.find(
    ({ path: right }) => right !== '/' && isPathOf({ path: right }, lastSegments(trimmed, right)),
  );
  if (near === undefined) return `Endpoints: ${[...new Set(endpoints.map((endpoint) => endpoint.path))].join(', ')}.`;
  if (trimmed !== path) return `Leave out the slash at the end: ${cutText(trimmed, MAX_PATH_CHARACTERS)}.`;
  return `Leave out what is in front of ${lastSegments(trimmed, near.path)}.`;
}

/** As many segments from the end of the path as the pattern has. */
function lastSegments(path: string, pattern: string): string {
  return `/${path
    .split('/')
    .slice(1)
    .slice(-(pattern.split('/').length - 1))
    .join('/')}`;
}

function isPathOf(endpoint: Pick<Route, 'path'>, path: string): boolean {
  return matchPath(endpoint.path, path) !== null;
}
