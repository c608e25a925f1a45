import { namesEndpoint } from '../data/request-error.ts';
import { Panel } from '../ui/panel.tsx';
import { Sentence } from '../ui/text.tsx';

/** Problems that are not discrepancies yet. Omits recommendations that name an endpoint: the list of discrepancies has buttons for them. */
export function Warnings({ recommendations }: { recommendations: readonly string[] }) {
  const warnings = recommendations.filter((text) => !namesEndpoint(text));
  if (warnings.length === 0) return null;
  return (
    <Panel title="Warnings">
      <ul class="items">
        {warnings.map((text) => (
          <li key={text}>
            <p>
              <Sentence text={text} />
            </p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
