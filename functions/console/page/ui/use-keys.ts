import { useEffect, useRef } from 'preact/hooks';
import { tinykeys } from 'tinykeys';

/** `{ 'g a': ..., '/': ... }`; the keys are those of the first rendering. */
type Bindings = Readonly<Record<string, () => void>>;

/** Keys of the page, except while a person types text or answers a dialog. */
export function useKeys(bindings: Bindings): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  useEffect(() => {
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
