import type { ComponentChildren } from 'preact';
import { useRoute } from '../routing/navigation.ts';
import { hrefWithDrawer } from '../routing/route.ts';

/** Opens the run's drawer over the view. */
export function RunLink({ id, children }: { id: number; children: ComponentChildren }) {
  return (
    <a class="name" href={hrefWithDrawer(useRoute(), { kind: 'run', id: String(id) })}>
      {children}
    </a>
  );
}
