import type { FindingDoc } from '../../check.ts';
import { createPalette } from '../palette.ts';
import { findingLines } from './finding.ts';

/** Problems as standard error shows them: one after the other, an empty line between those that take several. */
export const problemText = (findings: readonly FindingDoc[], colour: 0 | 1 | 2 | 3): string => {
  const style = { level: 'default', width: 100, palette: createPalette(colour) } as const;
  return findings.map((finding) => `${findingLines(finding, style).join('\n')}\n`).join('');
};
