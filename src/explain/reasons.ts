import type { Reason } from '../dataplane/walk.ts';
import type { ReasonDoc } from './document.ts';
import { END } from './reasons/end.ts';
import { FABRIC } from './reasons/fabric.ts';
import { FILTER } from './reasons/filter.ts';
import { INPUT } from './reasons/input.ts';
import { LINK } from './reasons/link.ts';
import { PLUGIN } from './reasons/plugin.ts';
import { QUESTION } from './reasons/question.ts';
import { ROUTE } from './reasons/route.ts';
import type { Words, WordsByCode } from './reasons/words.ts';

const ALL: WordsByCode = { ...END, ...ROUTE, ...FILTER, ...LINK, ...FABRIC, ...QUESTION, ...INPUT, ...PLUGIN };

/** Every code that there are words for. */
export const reasonCodes = (): readonly string[] => Object.keys(ALL).sort();

/** The words for a code. */
export const wordsFor = (code: string): Words | undefined => (Object.hasOwn(ALL, code) ? ALL[code] : undefined);

/** A reason as the document shows it. */
export const reasonDoc = ({ code, detail, dropReason }: Reason): ReasonDoc => {
  const words = wordsFor(code);
  return {
    code,
    summary: words?.summary ?? code.toLowerCase().replaceAll('_', ' '),
    ...(detail !== undefined && detail !== '' && { detail }),
    ...(words?.hint !== undefined && { hint: words.hint }),
    ...(dropReason !== undefined && { dropReason }),
  };
};
