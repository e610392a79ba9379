/** Colours as pixels of an image. */
import type { Rgb } from "./color";

/** A colour as a pixel in the byte order of this machine. */
export function pixelOf([r, g, b]: Rgb): number {
  return new Uint32Array(new Uint8ClampedArray([r, g, b, 255]).buffer)[0] ?? 0;
}
