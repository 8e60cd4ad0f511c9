import type { NodeDoc } from '../../linux/document.ts';
import { wrap } from '../wrap.ts';
import type { Style } from './style.ts';

const KEEP = /^(\s*)(.*)$/;

// The tools' own lines: what continues a line is set in deeper than it.
const fold = (line: string, width: number): string[] => {
  const [, lead = '', text = ''] = KEEP.exec(line.replaceAll('\t', '    ')) ?? [];
  const deeper = `${lead}      `;
  return wrap(text, Math.max(20, width - deeper.length)).map((part, i) => (i === 0 ? lead : deeper) + part);
};

/** The state of a node, section by section, each under the command that shows it on the real one. */
export const nodeText = (doc: NodeDoc, { width, palette }: Style): string[] => [
  palette.strong(`${doc.kind} ${doc.node}`),
  ...doc.sections.flatMap(({ title, command, lines }) => [
    '',
    `${palette.strong(title)}  ${palette.name(`$ ${command}`)}`,
    ...lines.flatMap((line) => fold(line, width)),
  ]),
];
