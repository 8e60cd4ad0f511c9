/** What a code means: for the trace one sentence and a hint, for `k8snet explain` the rest. */
export type Words = {
  /** One sentence, without a full stop. */
  readonly summary: string;
  readonly paragraphs: readonly string[];
  readonly causes?: readonly string[];
  /** What to change or to look at. */
  readonly hint?: string;
};
export type WordsByCode = Readonly<Record<string, Words>>;

/** Words with one paragraph: most problems of an input need no more. */
export const say = (summary: string, paragraph: string, hint?: string): Words => ({
  summary,
  paragraphs: [paragraph],
  ...(hint !== undefined && { hint }),
});
