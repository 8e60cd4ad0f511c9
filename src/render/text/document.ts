import type { Doc } from '../renderer.ts';
import { checkText } from './check.ts';
import { codesText, codeText } from './code.ts';
import { compareText } from './compare.ts';
import { nodeText } from './node.ts';
import { pluginsText } from './plugins.ts';
import type { Style } from './style.ts';
import { traceText } from './trace.ts';

const lines = (doc: Doc, style: Style): readonly string[] => {
  switch (doc.schema) {
    case 'k8snet/trace/v1':
      return traceText(doc, style);
    case 'k8snet/compare/v1':
      return compareText(doc, style);
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
export const documentText = (doc: Doc, style: Style): string => `${lines(doc, style).join('\n')}\n`;
