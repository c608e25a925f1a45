import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface ModalProps {
  /** `drawer`: at the side, the whole screen on a phone. */
  shape: 'dialog' | 'drawer';
  /** The id of the heading in it. */
  labelledBy: string;
  onClose: () => void;
  children: ComponentChildren;
}

/** A modal dialog. The browser keeps the focus in it and closes it on Escape; then the focus is where it was before. */
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
      // A second Escape closes it whatever the page says.
      onClose={onClose}
      onClick={closeOutside}
    >
      <article>{children}</article>
    </dialog>
  );
}
