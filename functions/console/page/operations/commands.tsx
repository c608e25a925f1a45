import { CopyButton } from '../ui/copy-button.tsx';
import { cliLine, curlLine } from './curl-line.ts';

/** What a button of the page does, for a terminal. */
export interface ActionCommand {
  /** `the dry run`. */
  readonly what: string;
  readonly path: string;
  readonly body: object;
  /** Arguments of the command line; absent: it has none for this. */
  readonly cli?: string;
}

/** The actions beside it as commands, each with a button that copies it. */
export function Commands({ actions }: { actions: readonly ActionCommand[] }) {
  return (
    <details class="commands">
      <summary>As commands</summary>
      {actions.map(({ what, path, body, cli }) => (
        <div key={what}>
          <p class="muted">For {what}</p>
          <Line text={curlLine(path, body)} what={`${what} as a curl command`} />
          {cli !== undefined && <Line text={cliLine(cli)} what={`${what} for the command line`} />}
        </div>
      ))}
    </details>
  );
}

function Line({ text, what }: { text: string; what: string }) {
  return (
    <p>
      <code>{text}</code> <CopyButton text={text} what={what} />
    </p>
  );
}
