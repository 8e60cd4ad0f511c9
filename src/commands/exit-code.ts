import type { TraceDoc } from '../explain/document.ts';

/** How a command ended. */
export type Outcome =
  | { readonly kind: 'answered' }
  | { readonly kind: 'traced'; readonly result: TraceDoc['result'] }
  | { readonly kind: 'checked'; readonly errors: number }
  | { readonly kind: 'usage' }
  | { readonly kind: 'refused'; readonly why: 'input' | 'unsupported' }
  | { readonly kind: 'internal' };

export type ExitCode = 0 | 1 | 2 | 3;

/** 0: answered, and nothing is wrong. 1: answered, and the answer is bad news. 2: usage or input. 3: no answer. */
export const exitCode = (outcome: Outcome): ExitCode => {
  switch (outcome.kind) {
    case 'answered':
      return 0;
    case 'traced':
      return outcome.result === 'reachable' ? 0 : outcome.result === 'unknown' ? 3 : 1;
    case 'checked':
      return outcome.errors > 0 ? 1 : 0;
    case 'usage':
      return 2;
    case 'refused':
      return outcome.why === 'input' ? 2 : 3;
    case 'internal':
      return 3;
  }
};
