import { GROUPS, wordsFor } from './reasons.ts';

/** What `k8snet explain CODE` answers. */
export type CodeDoc = {
  schema: 'k8snet/explain/v1';
  code: string;
  summary: string;
  paragraphs: string[];
  causes: string[];
  /** What the kernel calls it: SKB_DROP_REASON_… without that prefix. */
  dropReasons: string[];
  hint?: string;
};

/** What `k8snet explain` answers: every code, by what it is about. */
export type CodesDoc = {
  schema: 'k8snet/codes/v1';
  groups: { title: string; codes: { code: string; summary: string }[] }[];
};

/** The words for a code as a document; undefined where there is no such code. */
export const explainCode = (code: string): CodeDoc | undefined => {
  const words = wordsFor(code);
  return (
    words && {
      schema: 'k8snet/explain/v1',
      code,
      summary: words.summary,
      paragraphs: [...words.paragraphs],
      causes: [...(words.causes ?? [])],
      dropReasons: [...(words.dropReasons ?? [])],
      ...(words.hint !== undefined && { hint: words.hint }),
    }
  );
};

export const listCodes = (): CodesDoc => ({
  schema: 'k8snet/codes/v1',
  groups: GROUPS.map(([title, words]) => ({
    title,
    codes: Object.entries(words).map(([code, { summary }]) => ({ code, summary })),
  })),
});
