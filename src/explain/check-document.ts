/** What `k8snet check -o json` prints, `k8snet/check/v1`. Additive changes only. */

export type FindingDoc = {
  /** What looked: `input` for the reading of the files, else a rule's name. */
  rule: string;
  /** Stable, upper case, explained by `k8snet explain CODE`. */
  code: string;
  severity: 'error' | 'warning';
  message: string;
  /** Where it stands; absent where the fault is in no file, e.g. one that does not exist. */
  file?: string;
  line?: number;
  column?: number;
  /** How many characters of the line it covers. */
  length?: number;
  /** The object it is about, e.g. `node/node-1`, `pod/default/pod-a`. */
  object?: string;
  hint?: string;
};

/** One entry of `expect:`, and whether it holds. */
export type ExpectationDoc = {
  from: string;
  to: string;
  port?: number;
  protocol?: string;
  expected: string;
  result: string;
  holds: boolean;
  file?: string;
  line?: number;
  column?: number;
};

export type CheckDoc = {
  schema: 'k8snet/check/v1';
  findings: FindingDoc[];
  expectations: ExpectationDoc[];
  counts: { error: number; warning: number };
};
