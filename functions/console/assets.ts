/** The built page, as the browser gets it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AppError, apiError } from '../../shared/errors.ts';

/** Beside this file in the sources, and beside the bundle in a Lambda. */
const ASSETS = join(import.meta.dirname, 'assets');

/** Names as the build makes them, which cannot lead out of the folder. */
const NAME = /^console-[A-Z0-9]{8}\.(js|css)$/;

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

/** Scripts and styles come from the page's own files only; `data:` images are the icon and the symbols of the stylesheet. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** @throws AppError `page_not_built` */
export async function respondWithPage() {
  const body = await readFile(join(ASSETS, 'index.html'), 'utf8').catch((cause: unknown) => {
    const hint = 'Run `npm run build:console`; npm start and a deployment run it too.';
    throw apiError('page_not_built', { message: 'The page was not built.', hint, cause });
  });
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  };
  return { status: 200, body, headers } as const;
}

/** @throws AppError `asset_not_found` */
export async function respondWithAsset(file: string, acceptEncoding = '') {
  const extension = NAME.exec(file)?.[1];
  const type = TYPES[extension ?? ''];
  if (type === undefined) throw notFound(file);
  const gzip = /\bgzip\b/.test(acceptEncoding);
  const body = await readFile(join(ASSETS, gzip ? `${file}.gz` : file)).catch(() => {
    throw notFound(file);
  });
  const headers = {
    'content-type': type,
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
  };
  return { status: 200, body, headers } as const;
}

function notFound(file: string): AppError {
  const name = JSON.stringify(file.slice(0, 60));
  return apiError('asset_not_found', {
    message: `There is no asset ${name}.`,
  });
}
