import { type TextPart, valueParts, wordParts } from '../../../../shared/visible-text.ts';
import { sentenceParts } from './sentence-parts.ts';
import { Time } from './time.tsx';

/** A value from outside, such as a name: isolated from the direction of the surrounding text, invisible characters escaped. */
export function Value({ text }: { text: string }) {
  return (
    <bdi>
      <Parts parts={valueParts(text)} />
    </bdi>
  );
}

function Parts({ parts }: { parts: readonly TextPart[] }) {
  return (
    <>
      {parts.map((part) =>
        part.escaped ? (
          <span key={part.at} class="escape" title="A character that is not visible by itself">
            {part.text}
          </span>
        ) : (
          part.text
        ),
      )}
    </>
  );
}

/** A sentence from the service; formats its times, quoted values and statements. */
export function Sentence({ text }: { text: string }) {
  return (
    <>
      {sentenceParts(text).map((part) => {
        if (part.kind === 'time') return <Time key={part.at} at={part.text} exact />;
        if (part.kind === 'code') {
          return (
            <code key={part.at}>
              <Value text={part.text} />
            </code>
          );
        }
        if (part.kind === 'words') return <Parts key={part.at} parts={wordParts(part.text)} />;
        return (
          <span key={part.at} class="quoted">
            “<Value text={part.text} />”
          </span>
        );
      })}
    </>
  );
}
