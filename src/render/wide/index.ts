import { createPalette } from '../palette.ts';
import type { Renderer } from '../renderer.ts';
import { documentText } from '../text/document.ts';

/** The text without a limit to its width: a line is never broken. */
const wide: Renderer = (doc, { level, colour }) =>
  documentText(doc, { level, width: Number.POSITIVE_INFINITY, palette: createPalette(colour) });

export default wide;
