import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { ConnectionLine } from './notice.tsx';

interface ModalProps {
  /** `drawer`: at the right edge; fills the screen of a phone. */
  shape: 'dialog' | 'drawer';
  /** The id of its heading. */
  labelledBy: string;
  onClose: () => void;
  children: ComponentChildren;
}

/** A modal dialog. The browser traps the focus and closes it on Escape; closing restores the previous focus. */
export function Modal({ shape, labelledBy, onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useShown(dialog);
  const closeOutside = (event: MouseEvent) => {
    if (event.target === dialog.current) onClose();
  };
  // Browsers let a page prevent only the first of two cancels. After unmount, the event is that of the clean-up.
  const closed = () => {
    if (dialog.current !== null) onClose();
  };
  const cancel = (event: Event) => {
    event.preventDefault();
    onClose();
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events -- Escape does the same
    <dialog
      ref={dialog}
      class={shape}
      aria-labelledby={labelledBy}
      onCancel={cancel}
      onClose={closed}
      onClick={closeOutside}
    >
      <article>
        <ConnectionLine />
        {children}
      </article>
    </dialog>
  );
}

/** Shows the dialog while it is mounted. */
function useShown(dialog: RefObject<HTMLDialogElement | null>): void {
  // The clean-up of useEffect runs after the next frame, and until then a key press would go to the body.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element === null) return undefined;
    const before = document.activeElement;
    element.showModal();
    return () => {
      // While it is open, everything outside is inert and takes no focus.
      element.close();
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, [dialog]);
}
