/** Builds the page: one script, one stylesheet, and the HTML that names them. Part of the build, not of the Lambda. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSync, type Metafile } from 'esbuild';

const PAGE = join(import.meta.dirname, 'page');

/** Where the console's handler looks for its assets when it runs from these sources. */
export const LOCAL_ASSETS = join(import.meta.dirname, 'assets');

/**
 * Leaves the built page, and nothing else, in `outDir`; takes about 100 ms. Names contain a hash of the content. A
 * build of what is already there changes nothing, so that several processes may build at once. Returns the build's
 * inputs. Throws what esbuild reports.
 */
export function buildConsoleAssets(outDir: string): Metafile {
  const { outputFiles, metafile } = buildSync({
    entryPoints: [
      { in: join(PAGE, 'main.tsx'), out: 'console' },
      { in: join(PAGE, 'style/console.css'), out: 'console' },
    ],
    outdir: outDir,
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2023',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    charset: 'utf8',
    legalComments: 'eof',
    logLevel: 'silent',
    absWorkingDir: PAGE,
  });
  const built = outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)] as const);
  const files = new Map([
    ...built,
    ...built.map(([name, contents]) => [`${name}.gz`, gzipSync(contents, { level: 9 })] as const),
    ['index.html', Buffer.from(pageNaming(built.map(([name]) => name)))] as const,
  ]);
  mkdirSync(outDir, { recursive: true });
  for (const [name, contents] of files) keep(join(outDir, name), contents);
  for (const name of readdirSync(outDir)) if (!files.has(name)) rmSync(join(outDir, name));
  return metafile;
}

function keep(path: string, contents: Buffer): void {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  writeFileSync(path, contents);
}

function pageNaming(files: readonly string[]): string {
  const named = (extension: string) => {
    const file = files.find((name) => name.endsWith(extension));
    if (file === undefined) throw new Error(`The build of the console made no ${extension} file`);
    return file;
  };
  return readFileSync(join(PAGE, 'index.html'), 'utf8')
    .replace('console.css', named('.css'))
    .replace('console.js', named('.js'));
}
