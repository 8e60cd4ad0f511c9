import type { Palette } from '../palette.ts';
import type { RenderOptions } from '../renderer.ts';

/** How text is to look. */
export type Style = { readonly level: RenderOptions['level']; readonly width: number; readonly palette: Palette };
