/** Canvases as sharp as the screen, and images in its pixels. */
import type { Size } from "../state/map-window";

/** A size in pixels of the screen. */
export function devicePixels({ width, height }: Size): readonly [number, number] {
  const ratio = devicePixelRatio || 1;
  return [Math.round(width * ratio), Math.round(height * ratio)];
}

/** Gives a canvas so many CSS pixels, and what draws on it in these. */
export function fitCanvas(canvas: HTMLCanvasElement, size: Size): CanvasRenderingContext2D {
  const [width, height] = devicePixels(size);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser gives no canvas to draw on.");
  const ratio = devicePixelRatio || 1;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** An image of a size: the one that is there, if it has that size. */
export function imageOfSize(there: ImageData | null, width: number, height: number): ImageData {
  const fits = there !== null && there.width === width && there.height === height;
  return fits ? there : new ImageData(width, height);
}
