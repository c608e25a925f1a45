import { ROUTES, type Route } from '../contract.ts';
import { cutText } from '../cut-text.ts';
import { AppError } from '../errors.ts';

/** `GET /api/health`, as API Gateway writes it. */
export type RouteKey = `${Route['method']} /${string}`;

export interface RouteMatch {
  readonly route: Route;
  readonly path_parameters: Record<string, string>;
}

export function routeKey(route: Route): string {
  return `${route.method} ${route.path}`;
}

export function routeOf(key: string): Route | undefined {
  return ROUTES.find((route) => routeKey(route) === key);
}

/**
 * The route that API Gateway would choose.
 * @throws URIError when a path parameter is not valid percent-encoding
 */
export function matchRoute(method: string, path: string): RouteMatch | null {
  for (const route of ROUTES) {
    const parameters = route.method === method ? matchPath(route.path, path) : null;
    if (parameters !== null) return { route, path_parameters: parameters };
  }
  return null;
}

/** Parameters stand for one whole, non-empty segment. */
function matchPath(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const parameters: [string, string][] = [];
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined ? segment !== value : value === '') return null;
    if (name !== undefined) parameters.push([name, decodeURIComponent(value)]);
  }
  return Object.fromEntries(parameters);
}

/** The refusal of a request that no route takes: 405 where another method would do, else 404. */
export function unknownRoute(request: { readonly method: string; readonly path: string }): AppError {
  const methods = methodsOf(request.path);
  if (methods.length === 0) {
    const paths = [...new Set(ROUTES.map((route) => route.path))].join(', ');
    return new AppError(
      404,
      'not_found',
      `There is nothing at ${cutText(request.path, SHOWN_CHARACTERS)}.`,
      `Endpoints: ${paths}.`,
    );
  }
  const allowed = methods.join(' or ');
  return new AppError(
    405,
    'method_not_allowed',
    `${cutText(request.path, SHOWN_CHARACTERS)} does not take ${request.method}.`,
    `Use ${allowed}.`,
    {
      details: { allowed_methods: methods },
    },
  );
}

const SHOWN_CHARACTERS = 100;

function methodsOf(path: string): readonly string[] {
  try {
    return ROUTES.filter((route) => matchPath(route.path, path) !== null).map((route) => route.method);
  } catch {
    return [];
  }
}
