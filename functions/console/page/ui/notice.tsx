import type { ComponentChildren } from 'preact';
import { hintOf, type RequestError } from '../data/request-error.ts';
import type { Tone } from '../labels.ts';
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

export function FailureNotice({ error, at, children, onDismiss }: FailureNoticeProps) {
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
