/** Builds the page: one script, one stylesheet, and the HTML that names them. Part of building, not of the Lambda. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';

const PAGE = join(import.meta.dirname, 'page');

/** Where the console's handler looks for its assets when it runs from these sources. */
export const LOCAL_ASSETS = join(import.meta.dirname, 'assets');

/** Replaces `outDir` by the built page; takes about 100 ms. Names carry a hash of the content. Throws what esbuild reports. */
export function buildConsoleAssets(outDir: string): void {
  rmSync(outDir, { recursive: true, force: true });
  const { metafile } = buildSync({
    entryPoints: [
      { in: join(PAGE, 'main.tsx'), out: 'console' },
      { in: join(PAGE, 'style/console.css'), out: 'console' },
    ],
    outdir: outDir,
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
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
  const files = Object.keys(metafile.outputs).map((path) => basename(path));
  for (const file of files)
    writeFileSync(join(outDir, `${file}.gz`), gzipSync(readFileSync(join(outDir, file)), { level: 9 }));
  writeFileSync(join(outDir, 'index.html'), pageNaming(files));
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

if (import.meta.main) buildConsoleAssets(process.argv[2] ?? LOCAL_ASSETS);
