import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface PanelProps {
  title: string;
  /** Its title is the heading of the view. */
  main?: boolean;
  /** Beside the title. */
  note?: ComponentChildren;
  /** Explains the panel. */
  about?: ComponentChildren;
  actions?: ComponentChildren;
  children?: ComponentChildren;
}

/** A section of a view. */
export function Panel({ title, main = false, note, about, actions, children }: PanelProps) {
  const id = useId();
  return (
    <section class="panel" aria-labelledby={id}>
      <header>
        <div>
          {main ? (
            <h1 id={id} tabIndex={-1}>
              {title}
            </h1>
          ) : (
            <h2 id={id}>{title}</h2>
          )}
          {note && <p class="muted note">{note}</p>}
          {about && <p class="muted">{about}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}
