import { createPalette } from '../palette.ts';
import type { Renderer } from '../renderer.ts';
import { documentText } from './document.ts';

const WIDTH = 100;

const text: Renderer = (doc, { level, colour }) =>
  documentText(doc, { level, width: WIDTH, palette: createPalette(colour) });

export default text;
