import { AgentDetails } from './agents/agent-details.tsx';
import { closeDrawer, replaceWith, useRoute } from './routing/navigation.ts';
import { type DrawerKind, hrefWithDrawer, openDrawer } from './routing/route.ts';
import { RunDetails } from './runs/run-details.tsx';
import { count } from './ui/format.ts';
import { Modal } from './ui/modal.tsx';
import { useKeys } from './ui/use-keys.ts';

const TITLE = 'drawer-title';

interface DrawersProps {
  /** The list of the view, in its order. */
  kind: DrawerKind;
  ids: readonly string[];
}

/** The drawer that the address names. Previous and next follow the view's list. */
export function Drawers({ kind, ids }: DrawersProps) {
  const route = useRoute();
  const drawer = openDrawer(route);
  const at = drawer?.kind === kind ? ids.indexOf(drawer.id) : -1;
  const step = (by: 1 | -1) => {
    const id = at === -1 ? undefined : ids[at + by];
    if (id !== undefined) replaceWith(hrefWithDrawer(route, { kind, id }));
  };
  useKeys({ j: () => step(1), k: () => step(-1) });
  if (drawer === null) return null;
  return (
    <Modal shape="drawer" labelledBy={TITLE} onClose={closeDrawer}>
      <header>
        {at !== -1 && (
          <div class="steps">
            <button type="button" class="small quiet" disabled={at === 0} onClick={() => step(-1)}>
              Previous
            </button>
            <button type="button" class="small quiet" disabled={at === ids.length - 1} onClick={() => step(1)}>
              Next
            </button>
            <span class="muted">
              {count(at + 1)} of {count(ids.length)}
            </span>
          </div>
        )}
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- a dialog takes the focus */}
        <button type="button" class="small quiet" autofocus onClick={closeDrawer}>
          Close
        </button>
      </header>
      {drawer.kind === 'agent' ? (
        <AgentDetails key={drawer.id} agent_id={drawer.id} titleId={TITLE} />
      ) : (
        <RunDetails key={drawer.id} id={drawer.id} titleId={TITLE} />
      )}
    </Modal>
  );
}
