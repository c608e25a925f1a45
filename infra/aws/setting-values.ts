/** Kinds of values that several settings share. */
import * as v from 'valibot';

export const Text = v.pipe(v.string(), v.trim(), v.minLength(1, 'must not be empty'));

/**
 * Secrets Manager mistakes a dash and six characters at the end of a name for its own random suffix, and then finds no
 * such secret.
 */
export const SecretName = v.pipe(
  Text,
  v.check(
    (text) => !text.startsWith('arn:') || /:secret:.+-[A-Za-z0-9]{6}$/.test(text),
    'must be a name, or a whole ARN with the six characters at its end',
  ),
  v.check(
    (text) => text.startsWith('arn:') || !/-[A-Za-z0-9]{6}$/.test(text),
    'ends like the suffix of an ARN (a dash and six characters), so give the whole ARN of the secret',
  ),
);

export function whole(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message));
}

/** Ids of EC2 resources, such as `subnet-0123456789abcdef0`. */
export function ec2Id(prefix: string) {
  return v.pipe(
    v.string(),
    v.regex(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), `must be an id such as ${prefix}-0123456789abcdef0`),
  );
}

export const Cidr = v.pipe(
  v.string(),
  v.regex(
    /^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)\/(3[0-2]|[12]?\d)$/,
    'must be an IPv4 range such as 10.0.0.0/16',
  ),
);

/** Whether two IPv4 ranges overlap. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [range(one), range(other)];
  return a.first <= b.last && b.first <= a.last;
}

function range(cidr: string): { first: number; last: number } {
  const [address = '', bits = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = number - (number % size);
  return { first, last: first + size - 1 };
}
