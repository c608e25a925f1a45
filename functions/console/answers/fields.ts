/** What several answers are made of. */
import * as v from 'valibot';

export const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
export const Timestamp = v.pipe(v.string(), v.isoTimestamp());
export const HealthScore = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100));
