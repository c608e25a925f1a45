import { useLayoutEffect, useRef } from 'preact/hooks';
import { tinykeys } from 'tinykeys';

/** `{ 'g a': ..., '/': ... }`. The set of keys is fixed at the first render. */
type Bindings = Readonly<Record<string, () => void>>;

/** Binds keys; inactive while a text field has the focus or a dialog is open. */
export function useKeys(bindings: Bindings): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  // useEffect would run after the next frame, but what is shown must respond to keys at once.
  useLayoutEffect(() => {
    const listeners = Object.keys(latest.current).map((keys) => [
      keys,
      (event: KeyboardEvent) => {
        if (
          (isTyping(event.target) && !event.ctrlKey && !event.metaKey) ||
          document.querySelector('dialog.dialog[open]') !== null
        )
          return;
        event.preventDefault();
        latest.current[keys]?.();
      },
    ]);
    return tinykeys(window, Object.fromEntries(listeners));
  }, []);
}

const TEXT_FIELDS = 'input:not([type=checkbox], [type=radio]), textarea, select';

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches(TEXT_FIELDS);
}
