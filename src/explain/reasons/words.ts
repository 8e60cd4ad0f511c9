/** What a code means: for the trace one sentence and a hint, for `k8snet explain` the rest. */
export type Words = {
  /** One sentence, without a full stop. */
  readonly summary: string;
  readonly paragraphs: readonly string[];
  readonly causes?: readonly string[];
  /** The kernel's SKB_DROP_REASON_… that tracing tools show, without that prefix; several where it depends on the direction. */
  readonly dropReasons?: readonly string[];
  /** What to change or to look at. */
  readonly hint?: string;
};
export type WordsByCode = Readonly<Record<string, Words>>;
