import type { CheckDoc, FindingDoc } from './explain/check-document.ts';
import type { Loaded } from './load/index.ts';
import type { Problem } from './model/place.ts';

/**
 * What `k8snet check` reports of the input alone: the problems of reading it, and those that its plugin has with its settings. Said twice
 * by both, a thing is one finding.
 */
export const checkInput = (loaded: Pick<Loaded, 'problems'>, pluginProblems: readonly Problem[] = []): CheckDoc => {
  const seen = new Set<string>();
  const findings = [...loaded.problems, ...pluginProblems].map(findingOf).filter((finding) => {
    const key = JSON.stringify([finding.code, finding.message, finding.file, finding.line, finding.column]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  const count = (severity: Problem['severity']) => findings.filter((finding) => finding.severity === severity).length;
  return {
    schema: 'k8snet/check/v1',
    findings,
    expectations: [],
    counts: { error: count('error'), warning: count('warning') },
  };
};

const findingOf = ({ code, severity, message, place, length, hint }: Problem): FindingDoc => ({
  rule: 'input',
  code,
  severity,
  message,
  ...(place ? { file: place.file, line: place.line, column: place.column } : {}),
  ...(length === undefined ? {} : { length }),
  ...(hint === undefined ? {} : { hint }),
});
