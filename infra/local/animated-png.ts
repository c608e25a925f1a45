/** Joins pictures of one size to an animated PNG (https://www.w3.org/TR/png-3/#apng-frame-based-animation). */
import { crc32 } from 'node:zlib';

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

const SIGNATURE = Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1');

/** `frames`: PNG files of the same size and color type. The animation repeats endlessly. */
export function animatedPng(frames: readonly Buffer[], stays_ms: number): Buffer {
  const [first = []] = frames.map(chunksOf);
  const header = first.find(({ type }) => type === 'IHDR');
  if (header === undefined) throw new Error('There is no frame');
  let sequence = 0;
  const framed = frames.flatMap((frame, index) => {
    const control = chunk('fcTL', frameControl(header.data, sequence++, stays_ms));
    const pixels = Buffer.concat(chunksOf(frame).flatMap(({ type, data }) => (type === 'IDAT' ? [data] : [])));
    return [control, index === 0 ? chunk('IDAT', pixels) : chunk('fdAT', Buffer.concat([uint32(sequence++), pixels]))];
  });
  const animation = chunk('acTL', Buffer.concat([uint32(frames.length), uint32(0)]));
  return Buffer.concat([SIGNATURE, chunk('IHDR', header.data), animation, ...framed, chunk('IEND', Buffer.alloc(0))]);
}

/** A frame with the whole picture, which replaces the previous one. */
function frameControl(header: Buffer, sequence: number, stays_ms: number): Buffer {
  const control = Buffer.alloc(26);
  control.writeUInt32BE(sequence, 0);
  header.copy(control, 4, 0, 8);
  control.writeUInt16BE(stays_ms, 20);
  control.writeUInt16BE(1_000, 22);
  return control;
}

function chunksOf(png: Buffer): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return chunks;
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([uint32(data.length), typed, uint32(crc32(typed))]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
