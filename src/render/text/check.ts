import type { CheckDoc } from '../../check.ts';
import { findingLines } from './finding.ts';
import type { Style } from './style.ts';

const count = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? '' : 's'}`;

/** All findings, then how many there are. */
export const checkText = (doc: CheckDoc, style: Style): string[] => {
  const { errors, warnings } = doc.counts;
  const total = `${count(errors, 'error')}, ${count(warnings, 'warning')}`;
  const { palette } = style;
  const paint = errors > 0 ? palette.bad : warnings > 0 ? palette.warn : palette.good;
  return [...doc.findings.flatMap((finding) => [...findingLines(finding, style), '']), paint(total)];
};
