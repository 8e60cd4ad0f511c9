import { wordsFor } from './reasons.ts';

/** What `k8snet explain CODE` answers. */
export type CodeDoc = {
  schema: 'k8snet/explain/v1';
  code: string;
  summary: string;
  paragraphs: string[];
  causes: string[];
  hint?: string;
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
      ...(words.hint !== undefined && { hint: words.hint }),
    }
  );
};
