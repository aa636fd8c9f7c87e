import { createHash } from 'node:crypto';

/** The colours of the demo's page. */
const COLOURS = ['#24427f', '#2c6b4f', '#a3391f', '#b3701a', '#5b4a8a'] as const;
const SIZE = 5;

/**
 * Draws a picture that is always the same for the same name: squares, mirrored, in one of a few colours.
 *
 * @returns an SVG document
 */
export function drawPicture(name: string): string {
  const bytes = createHash('sha256').update(name).digest();
  const colour = COLOURS[(bytes[31] ?? 0) % COLOURS.length];
  const squares: string[] = [];
  for (let row = 0; row < SIZE; row += 1) {
    for (let column = 0; column < SIZE; column += 1) {
      const byte = bytes[row * 3 + Math.min(column, SIZE - 1 - column)] ?? 0;
      if (byte > 120)
        squares.push(`<rect x="${column}" y="${row}" width="1" height="1" opacity="${byte > 190 ? 1 : 0.55}"/>`);
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 7 7" fill="${colour}">${squares.join('')}</svg>`;
}
