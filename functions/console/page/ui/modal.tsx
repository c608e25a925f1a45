import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

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
  useEffect(() => {
    const element = dialog.current;
    if (element === null) return undefined;
    const before = document.activeElement;
    element.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  const closeOutside = (event: MouseEvent) => {
    if (event.target === dialog.current) onClose();
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
      // Browsers let a page prevent only the first of two cancels.
      onClose={onClose}
      onClick={closeOutside}
    >
      <article>{children}</article>
    </dialog>
  );
}
