import { useQuery } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import { visibleText } from '../../../../shared/visible-text.ts';
import { agents as agentsQuery } from '../data/queries.ts';
import type { OperationName } from '../operations/current-notice.ts';
import { useOperations } from '../operations/use-operations.tsx';
import { goTo, useRoute } from '../routing/navigation.ts';
import { href, hrefWithDrawer, type Route, VIEWS } from '../routing/route.ts';
import { Modal } from '../ui/modal.tsx';
import { VIEW_TITLES } from './view-titles.ts';

interface Command {
  readonly id: string;
  readonly word: string;
  /** Also searched. */
  readonly detail: string;
  readonly act: () => void;
}

const SHOWN = 12;

const OPERATIONS: readonly (readonly [OperationName, string])[] = [
  ['dry_run', 'Dry run'],
  ['sync', 'Sync now'],
  ['check', 'Check again'],
];

/** Finds views, operations and agents by name. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState(0);
  const found = findCommands(useCommands(useRoute()), search);
  const act = (command: Command | undefined) => {
    if (command === undefined) return;
    onClose();
    command.act();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) setChosen(Math.max(0, Math.min(found.length - 1, chosen + step)));
    else if (event.key === 'Enter') act(found[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <Modal shape="dialog" labelledBy="palette" onClose={onClose}>
      <h2 id="palette">Go to</h2>
      <input
        type="text"
        role="combobox"
        aria-labelledby="palette"
        aria-controls="commands"
        aria-expanded="true"
        aria-activedescendant={found[chosen] === undefined ? undefined : `command-${chosen}`}
        placeholder="A view, an operation or an agent"
        value={search}
        onInput={(event) => (setSearch(event.currentTarget.value), setChosen(0))}
        onKeyDown={onKeyDown}
      />
      <CommandList commands={found} chosen={chosen} act={act} />
      {found.length === 0 && <p class="empty">Nothing has that name.</p>}
    </Modal>
  );
}

interface CommandListProps {
  commands: readonly Command[];
  /** Index of the highlighted command. */
  chosen: number;
  act: (command: Command) => void;
}

function CommandList({ commands, chosen, act }: CommandListProps) {
  return (
    <div id="commands" role="listbox" aria-labelledby="palette">
      {commands.map((command, index) => (
        // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the text field handles the keys
        <div
          key={command.id}
          id={`command-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          onClick={() => act(command)}
        >
          <bdi>{command.word}</bdi> <span class="muted">{command.detail}</span>
        </div>
      ))}
    </div>
  );
}

function useCommands(route: Route): readonly Command[] {
  const { start } = useOperations();
  const { data: agents = [] } = useQuery(agentsQuery);
  const views = VIEWS.map((view) => ({
    id: view,
    word: VIEW_TITLES[view],
    detail: 'view',
    act: () => goTo(href(view)),
  }));
  const operations = OPERATIONS.map(([name, word]) => ({
    id: name,
    word,
    detail: 'operation',
    act: () => {
      goTo(href('operations'));
      start(name);
    },
  }));
  const opened = agents.map(({ agent_id, name }) => ({
    id: agent_id,
    word: visibleText(name),
    detail: agent_id,
    act: () => goTo(hrefWithDrawer(route, { kind: 'agent', id: agent_id })),
  }));
  return [...views, ...operations, ...opened];
}

function findCommands(commands: readonly Command[], search: string): readonly Command[] {
  const words = search.toLowerCase().split(/\s+/);
  const found: Command[] = [];
  for (const command of commands) {
    const text = `${command.word} ${command.detail}`.toLowerCase();
    if (words.every((word) => text.includes(word))) found.push(command);
    if (found.length === SHOWN) break;
  }
  return found;
}
