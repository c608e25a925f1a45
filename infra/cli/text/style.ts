/** Colors for a terminal, or none. */
import { styleText } from 'node:util';

export type Tone = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export type Paint = (tone: Tone, text: string) => string;

export const plain: Paint = (_tone, text) => text;

/** For an output that the caller knows to be a terminal with colors. */
export const colored: Paint = (tone, text) => styleText(tone, text, { validateStream: false });
