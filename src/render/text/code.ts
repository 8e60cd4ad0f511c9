import type { CodeDoc } from '../../explain/code.ts';
import { hang, wrap } from '../wrap.ts';
import type { Style } from './style.ts';

/** What a code means: the sentence, the paragraphs, what it may come from, what to do. */
export const codeText = (doc: CodeDoc, { width, palette }: Style): string[] => [
  ...wrap(`${doc.code}: ${doc.summary}`, width).map((line) => palette.strong(line)),
  ...doc.paragraphs.flatMap((paragraph) => ['', ...wrap(paragraph, width)]),
  ...(doc.causes.length > 0
    ? ['', 'It may come from:', ...doc.causes.flatMap((cause) => hang('  - ', cause, width))]
    : []),
  ...(doc.hint === undefined ? [] : ['', ...hang('What to do: ', doc.hint, width, 2)]),
];
