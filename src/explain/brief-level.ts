import type { StepDoc } from './document.ts';

/** Few words for a step, and how much it matters. */
export type Brief = { readonly brief: string; readonly level: StepDoc['level'] };

export const main = (brief: string): Brief => ({ brief, level: 'main' });
export const detail = (brief: string): Brief => ({ brief, level: 'detail' });
export const verbose = (brief: string): Brief => ({ brief, level: 'verbose' });
