import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { count } from './format.ts';

interface ConfirmFormProps {
  /** How many interviewers it takes out of use; a large number must be typed. */
  total: number;
  disabled: boolean;
  onConfirm: () => void;
  /** The button beside it that changes nothing. */
  cancel?: { readonly word: string; readonly onCancel: () => void };
  /** The label of the button. */
  children: ComponentChildren;
}

/** Above this, a click is not enough. */
const TYPED_ABOVE = 20;

/** The button that applies a change; red if it takes something out of use. */
export function ConfirmForm({ total, disabled, onConfirm, cancel, children }: ConfirmFormProps) {
  const [typed, setTyped] = useState('');
  const asks = total > TYPED_ABOVE;
  const confirm = (event: Event) => {
    event.preventDefault();
    onConfirm();
  };
  return (
    <form class="actions" onSubmit={confirm}>
      {asks && (
        <label>
          Type {count(total)} to confirm{' '}
          <input
            class="number"
            inputMode="numeric"
            autocomplete="off"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
      )}
      <button
        type="submit"
        class={total > 0 ? 'danger' : undefined}
        disabled={disabled || (asks && digits(typed) !== String(total))}
      >
        {children}
      </button>
      {cancel && (
        <button type="button" class="quiet" onClick={cancel.onCancel}>
          {cancel.word}
        </button>
      )}
    </form>
  );
}

/** Strips separators: `1,200` equals `1200`. */
function digits(text: string): string {
  return text.replaceAll(/[\s.,'’]/g, '');
}
