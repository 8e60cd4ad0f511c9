import type { Doc } from '../renderer.ts';
import { checkText } from './check.ts';
import { codesText, codeText } from './code.ts';
import { nodeText } from './node.ts';
import { pluginsText } from './plugins.ts';
import type { Style } from './style.ts';
import { traceText } from './trace.ts';

const lines = async (doc: Doc, style: Style): Promise<readonly string[]> => {
  switch (doc.schema) {
    case 'k8snet/trace/v1':
      return traceText(doc, style);
    case 'k8snet/compare/v1':
      // It brings cli-table3, which one answer does without.
      return (await import('./compare.ts')).compareText(doc, style);
    case 'k8snet/node/v1':
      return nodeText(doc, style);
    case 'k8snet/check/v1':
      return checkText(doc, style);
    case 'k8snet/explain/v1':
      return codeText(doc, style);
    case 'k8snet/codes/v1':
      return codesText(doc, style);
    case 'k8snet/plugins/v1':
      return pluginsText(doc, style);
  }
};

/** Any document as text. */
export const documentText = async (doc: Doc, style: Style): Promise<string> =>
  `${(await lines(doc, style)).join('\n')}\n`;
