/** What a person may have meant by a name that is unknown. */
import leven from 'leven';

/** At most this share of a name may be mistyped. */
const LARGEST_DISTANCE = 0.4;

/** The known name that is closest, without regard to case; null: none is close. */
export function closest(name: string, known: readonly string[]): string | null {
  const distances = known.map((candidate) => ({
    candidate,
    distance: leven(name.toLowerCase(), candidate.toLowerCase()),
  }));
  const [best] = distances.sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= LARGEST_DISTANCE * name.length ? best.candidate : null;
}
