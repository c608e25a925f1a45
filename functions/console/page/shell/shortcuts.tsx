import { Fragment } from 'preact';
import { goTo } from '../routing/navigation.ts';
import { href, type View } from '../routing/route.ts';
import { Modal } from '../ui/modal.tsx';
import { useKeys } from '../ui/use-keys.ts';
import { VIEW_TITLES } from './view-titles.ts';

const VIEW_KEYS: readonly (readonly [keys: string, view: View])[] = [
  ['g o', 'overview'],
  ['g a', 'agents'],
  ['g r', 'runs'],
  ['g p', 'operations'],
  ['g e', 'events'],
  ['g s', 'settings'],
  ['g i', 'api'],
];

const HELP: readonly (readonly [keys: string, does: string])[] = [
  ['Ctrl K', 'Go to a view, an agent or an action'],
  ['/', 'Search the list, or everything'],
  ['j, k', 'Next and previous row, or agent or run in a drawer'],
  ['Enter', 'Open the row'],
  ['Escape', 'Close'],
  ['?', 'These keys'],
];

/** Binds the keys that work in every view. */
export function useShortcuts(onHelp: () => void, onPalette: () => void): void {
  const views = VIEW_KEYS.map(([keys, view]) => [keys, () => goTo(href(view))]);
  const search = () => focusSearch() || onPalette();
  useKeys({
    ...Object.fromEntries(views),
    '/': search,
    // Some keyboard layouts need Shift for it.
    'Shift+/': search,
    '?': onHelp,
    'Shift+?': onHelp,
    '$mod+k': onPalette,
    j: () => focusRow(1),
    k: () => focusRow(-1),
  });
}

/** Whether the view has a search field. */
function focusSearch(): boolean {
  const field = document.querySelector<HTMLElement>('main input[type=search]');
  field?.focus();
  return field !== null;
}

/** An open drawer handles these keys itself. */
function focusRow(by: 1 | -1): void {
  if (document.querySelector('dialog[open]') !== null) return;
  const links = [...document.querySelectorAll<HTMLElement>('main table.rows a.name, main ul.items a.name')];
  const at = links.findIndex((link) => link === document.activeElement);
  links[at === -1 ? 0 : at + by]?.focus();
}

export function ShortcutsHelp({ onClose }: { onClose: () => void }) {
  const views = VIEW_KEYS.map(([keys, view]) => [keys, VIEW_TITLES[view]] as const);
  return (
    <Modal shape="dialog" labelledBy="shortcuts" onClose={onClose}>
      <h2 id="shortcuts">Keyboard</h2>
      <dl class="facts">
        {[...HELP, ...views].map(([keys, does]) => (
          <Fragment key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </Fragment>
        ))}
      </dl>
      <button type="button" class="secondary" onClick={onClose}>
        Close
      </button>
    </Modal>
  );
}
