import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { count } from './format.ts';

interface ConfirmFormProps {
  /** How many it takes out of use; the number has to be typed where it is large. */
  total: number;
  disabled: boolean;
  onConfirm: () => void;
  /** The button beside it, which leaves everything as it is. */
  cancel?: { readonly word: string; readonly onCancel: () => void };
  /** Of the button: names the number. */
  children: ComponentChildren;
}

/** From here on a click is not enough. */
const TYPED_ABOVE = 20;

/** The button of a change; red where it takes something out of use. */
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

/** `1,200` and `1200` are the same number. */
function digits(text: string): string {
  return text.replaceAll(/[\s.,'’]/g, '');
}
