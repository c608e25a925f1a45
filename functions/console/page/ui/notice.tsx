import { useQuery } from '@tanstack/preact-query';
import type { ComponentChildren } from 'preact';
import { status } from '../data/queries.ts';
import { hintOf, type RequestError } from '../data/request-error.ts';
import type { Tone } from '../labels.ts';
import { href } from '../routing/route.ts';
import { CopyButton } from './copy-button.tsx';
import { Sentence } from './text.tsx';
import { Time } from './time.tsx';

interface NoticeProps {
  tone: Tone;
  title: ComponentChildren;
  /** When it happened. */
  at?: string | number | undefined;
  children?: ComponentChildren;
  onDismiss?: (() => void) | undefined;
}

/** A message above the view; screen readers announce it. */
export function Notice({ tone, title, at, children, onDismiss }: NoticeProps) {
  return (
    <section class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <div>
        <h2>
          {title}
          {at !== undefined && (
            <small>
              {' '}
              <Time at={at} />
            </small>
          )}
        </h2>
        {children}
      </div>
      {onDismiss && (
        <button type="button" class="small quiet" onClick={onDismiss}>
          Dismiss
        </button>
      )}
    </section>
  );
}

interface FailureNoticeProps {
  error: RequestError;
  at?: number | undefined;
  children?: ComponentChildren;
  onDismiss?: () => void;
}

/** A failed request. Of a service that cannot be reached it says so only once it is back: until then `Connection` does. */
export function FailureNotice(props: FailureNoticeProps) {
  const { error: unreachable } = useQuery(status);
  const { error, at, onDismiss } = props;
  if (error.status !== 0) return <Failure {...props} />;
  if (unreachable?.status === 0) return null;
  return (
    <Notice tone="warn" title="The last request got no response" at={at} onDismiss={onDismiss}>
      <p>
        The service could not be reached. <a href={href('runs')}>Runs</a> shows whether something was started.
      </p>
    </Notice>
  );
}

/** What failed, what to do next, and by what the log names the request. */
export function Failure({ error, at, children, onDismiss }: FailureNoticeProps) {
  const hint = hintOf(error.details);
  const { request_id } = error.details;
  return (
    <Notice tone="bad" title={<Sentence text={error.message} />} at={at} onDismiss={onDismiss}>
      {hint !== null && (
        <p>
          <Sentence text={hint} />
        </p>
      )}
      {error.status >= 500 && request_id !== null && (
        <p class="muted">
          Request <code>{request_id}</code> <CopyButton text={request_id} what="request id" />
        </p>
      )}
      {children}
    </Notice>
  );
}
