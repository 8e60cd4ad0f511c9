import { stringify } from 'yaml';
import type { Renderer } from '../renderer.ts';

const yaml: Renderer = (doc) => stringify(doc, { lineWidth: 0, aliasDuplicateObjects: false });

export default yaml;
