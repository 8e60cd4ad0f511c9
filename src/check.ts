import type { Cluster } from './model/cluster.ts';
import type { Problem } from './model/place.ts';
import { type PrepareInputs, prepare, type Refused } from './prepare.ts';

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

const checkDoc = (version: string, sources: readonly Source[], problems: readonly Problem[]): CheckDoc => {
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

// An assertion that nobody proves must not look like one that holds.
const unproven = (cluster: Cluster): Problem[] =>
  cluster.others
    .filter(({ kind }) => kind === 'Expectation')
    .map(({ place }) => ({
      severity: 'warning',
      code: 'EXPECTATION_NOT_CHECKED',
      message: 'expectations are not checked yet',
      hint: 'ask the same with k8snet trace, whose exit code tells',
      place,
    }));

export type Checked = { readonly doc: CheckDoc; readonly why?: Refused['why'] };

/** Reads the input, lets the plugin look at it, and says all that is wrong. `why` is set where the cluster could not be planned at all. */
export const check = async (inputs: PrepareInputs): Promise<Checked> => {
  const prepared = await prepare(inputs);
  if (!prepared.ok) return { doc: checkDoc(__VERSION__, prepared.sources, prepared.problems), why: prepared.why };
  const { sources, warnings, plan } = prepared;
  return { doc: checkDoc(__VERSION__, sources, [...warnings, ...unproven(plan.cluster)]) };
};
