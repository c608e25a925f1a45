import type { ComponentChildren } from 'preact';
import type { Failure } from './api-client.ts';
import type { Tone } from './labels.ts';

interface NoticeProps {
  tone: Tone;
  title: string;
  children?: ComponentChildren;
  onDismiss?: (() => void) | undefined;
}

/** Something that happened and that people should know of; read out by screen readers. */
export function Notice({ tone, title, children, onDismiss }: NoticeProps) {
  return (
    <section class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <div class="notice-text">
        <h2>{title}</h2>
        {children}
      </div>
      {onDismiss && (
        <button type="button" class="button quiet small" onClick={onDismiss}>
          Dismiss
        </button>
      )}
    </section>
  );
}

export function FailureNotice({ failure, onDismiss }: { failure: Failure; onDismiss?: () => void }) {
  return (
    <Notice tone="bad" title={failure.error} onDismiss={onDismiss}>
      <p>{failure.hint}</p>
      {failure.status >= 500 && failure.request_id !== null && (
        <p class="muted fine">request_id {failure.request_id}</p>
      )}
    </Notice>
  );
}
