/** What a check of the account may find. */
import type { Deployment } from '../deployment.ts';
import type { Aws } from './clients.ts';

export type Finding =
  | { readonly status: 'passed'; readonly text: string }
  /** `remedy`: what to set or run. */
  | { readonly status: 'failed'; readonly text: string; readonly remedy: string }
  | { readonly status: 'skipped'; readonly text: string };

export interface CheckContext {
  readonly deployment: Deployment;
  readonly aws: Aws;
}

export interface Check {
  readonly name: string;
  /** Rejects if AWS cannot be reached. */
  readonly run: (context: CheckContext) => Promise<Finding>;
}

export function passed(text: string): Finding {
  return { status: 'passed', text };
}

export function failed(text: string, remedy: string): Finding {
  return { status: 'failed', text, remedy };
}

export function skipped(text: string): Finding {
  return { status: 'skipped', text };
}

/** The message as one line. */
export function reasonOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).split('\n');
  return line.replace(/\.$/, '');
}
