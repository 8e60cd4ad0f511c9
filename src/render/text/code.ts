import type { CodeDoc, CodesDoc } from '../../explain/code.ts';
import { hang, wrap } from '../wrap.ts';
import type { Style } from './style.ts';

/** What a code means: the sentence, the paragraphs, what it may come from, what to do. */
export const codeText = (doc: CodeDoc, { width, palette }: Style): string[] => [
  ...wrap(`${doc.code}: ${doc.summary}`, width).map((line) => palette.strong(line)),
  ...doc.paragraphs.flatMap((paragraph) => ['', ...wrap(paragraph, width)]),
  ...(doc.causes.length > 0
    ? ['', 'It may come from:', ...doc.causes.flatMap((cause) => hang('  - ', cause, width))]
    : []),
  ...(doc.dropReasons.length > 0
    ? ['', ...hang('The kernel calls it: ', doc.dropReasons.map((name) => `SKB_DROP_REASON_${name}`).join(', '), width)]
    : []),
  ...(doc.hint === undefined ? [] : ['', ...hang('What to do: ', doc.hint, width)]),
];

/** Every code with its sentence, by what it is about. */
export const codesText = (doc: CodesDoc, { width, palette }: Style): string[] => {
  const column = 2 + Math.max(0, ...doc.groups.flatMap(({ codes }) => codes.map(({ code }) => code.length)));
  return doc.groups.flatMap(({ title, codes }, i) => [
    ...(i > 0 ? [''] : []),
    palette.strong(title),
    ...codes.flatMap(({ code, summary }) => hang(`  ${code.padEnd(column)}`, summary, width)),
  ]);
};
