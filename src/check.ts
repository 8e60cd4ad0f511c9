import type { Problem } from './model/place.ts';

export type FindingDoc = {
  rule: string;
  code: string;
  severity: 'error' | 'warning';
  message: string;
  file?: string;
  line?: number;
  column?: number;
  /** Length of what the caret underlines. */
  length?: number;
  hint?: string;
  /** The line of the input that it is about, for formats that show it. */
  source?: string;
};

/** What `k8snet check` answers. */
export type CheckDoc = {
  schema: 'k8snet/check/v1';
  tool: { name: 'k8snet'; version: string };
  sources: string[];
  findings: FindingDoc[];
  expectations: never[];
  counts: { errors: number; warnings: number };
};

type Source = { readonly name: string; readonly text: string };

const lineAt = (sources: readonly Source[], file: string, line: number): string | undefined =>
  sources.find(({ name }) => name === file)?.text.split(/\r?\n/)[line - 1];

/** A problem with the line of input that it is about. */
export const findingOf = (sources: readonly Source[], problem: Problem, rule = 'input'): FindingDoc => {
  const { severity, code, message, place, hint, length } = problem;
  const source = place && lineAt(sources, place.file, place.line);
  return {
    rule,
    code,
    severity,
    message,
    ...(place && { file: place.file, line: place.line, column: place.column }),
    ...(length !== undefined && { length }),
    ...(hint !== undefined && { hint }),
    ...(source !== undefined && { source }),
  };
};

/** All problems of an input as the document `k8snet/check/v1`. */
export const checkDoc = (version: string, sources: readonly Source[], problems: readonly Problem[]): CheckDoc => {
  const findings = problems.map((problem) => findingOf(sources, problem));
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return {
    schema: 'k8snet/check/v1',
    tool: { name: 'k8snet', version },
    sources: sources.map(({ name }) => name),
    findings,
    expectations: [],
    counts: { errors, warnings: findings.length - errors },
  };
};
