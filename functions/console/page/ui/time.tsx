import { useEffect, useState } from 'preact/hooks';
import { ago, dateTime, fullDateTime } from './format.ts';

const TICK_MS = 20_000;

/** The time, as often as `5 minutes ago` may have to change. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** A moment: how long ago, or with `exact` when. Hovering shows it in full, with its zone. */
export function Time({ at, exact = false }: { at: string | number; exact?: boolean }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={fullDateTime(at)}>
      {exact ? dateTime(at) : <Ago at={at} />}
    </time>
  );
}

function Ago({ at }: { at: string | number }) {
  return <>{ago(at, useNow())}</>;
}
