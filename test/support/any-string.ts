import * as fc from 'fast-check';

/** Any code points, lone surrogates included. The unit `binary` of fast-check lists all of them first, which takes 0.5 s. */
export const anyString = fc.string({
  unit: fc.integer({ min: 0, max: 0x10_ffff }).map((code) => String.fromCodePoint(code)),
});
