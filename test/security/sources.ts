/** Our own lines, for rules that hold for every one of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

export interface Source {
  readonly path: string;
  readonly text: string;
}

export function sources(...folders: readonly string[]): readonly Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => ({ path: `${folder}/${file}`, text: readFileSync(join(ROOT, folder, file), 'utf8') })),
  );
}

const ours = sources('shared', 'functions');

/** What runs where requests arrive: the page runs in a browser, and the build before any of it. */
export const service = ours.filter(({ path }) => !/^functions\/console\/(page\/|build)/.test(path));
