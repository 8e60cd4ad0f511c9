import type { Renderer } from '../renderer.ts';

const json: Renderer = (doc) => `${JSON.stringify(doc, null, 2)}\n`;

export default json;
