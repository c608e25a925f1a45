import { useEffect, useState } from 'preact/hooks';
import { ago, dateTime, fullDateTime } from './format.ts';

const TICK_MS = 20_000;

/** The current time; keeps relative times up to date. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** A time, relative or `exact`. The tooltip has the date, the seconds and the zone. */
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
