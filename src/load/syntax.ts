import { parseAllDocuments } from 'yaml';
import type { Flaw } from './yaml.ts';

/** All syntax errors of a YAML text, where js-yaml stops at the first. Slow: for texts of ordinary size only. */
export const syntaxFlaws = (text: string): readonly Flaw[] => {
  const found = parseAllDocuments(text, { uniqueKeys: false, prettyErrors: false, strict: true });
  return [...found].flatMap((document) =>
    document.errors.map(({ message, pos: [start, end] }) => ({
      code: 'YAML_SYNTAX',
      message: sentence(message),
      range: { start, end: Math.max(end, start + 1) },
    })),
  );
};

const sentence = (message: string): string => {
  const line = message.split('\n')[0] ?? message;
  return line.charAt(0).toLowerCase() + line.slice(1).replace(/[.:]$/, '');
};
