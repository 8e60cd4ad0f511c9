import type { Renderer } from './renderer.ts';

/** The formats, which are the choices of -o; each is loaded when it is asked for. */
export const renderers = {
  text: () => import('./text/index.ts'),
  wide: () => import('./wide/index.ts'),
  json: () => import('./json/index.ts'),
  yaml: () => import('./yaml/index.ts'),
} satisfies Record<string, () => Promise<{ readonly default: Renderer }>>;

export type Format = keyof typeof renderers;
export const FORMATS = Object.keys(renderers) as readonly Format[];
