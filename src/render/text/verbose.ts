import type { OriginDoc, StepDoc } from '../../explain/document.ts';
import { hang } from '../wrap.ts';
import type { Style } from './style.ts';

/** `flannel, Node node-2, cluster.yaml:4`: who put a line there. */
const originWords = (origin: OriginDoc | undefined): string => {
  if (!origin) return '';
  const object =
    origin.kind === undefined ? '' : `${origin.kind} ${[origin.namespace, origin.name].filter(Boolean).join('/')}`;
  const place = origin.file === undefined ? '' : `${origin.file}${origin.line === undefined ? '' : `:${origin.line}`}`;
  return [origin.plugin ?? '', object.trim(), place, origin.note ?? ''].filter((part) => part !== '').join(', ');
};

/** All there is to say about a step: the sentence, the state that decided, every rule that was tried, the commands that show it. */
export const verboseStep = (step: StepDoc, indent: string, { width, palette }: Style): string[] => {
  const under = (head: string, text: string, paint: (line: string) => string) =>
    hang(`${indent}  ${head}`, text, width).map((line) => paint(line));
  const mark = step.mark === undefined ? [] : under('mark      ', step.mark, palette.faint);
  const known = step.known === 'modelled' ? [] : under('known     ', step.known, palette.warn);
  const tried = (step.tried ?? []).flatMap(({ line, matched, failed, origin }) => {
    const more = failed ?? originWords(origin);
    return under(matched ? 'matches   ' : 'no        ', more === '' ? line : `${line}   (${more})`, (text) =>
      matched ? text : palette.faint(text),
    );
  });
  const because = step.because
    .filter(({ line }) => !step.tried?.some((rule) => rule.line === line))
    .flatMap(({ of, line, origin }) => {
      const who = originWords(origin);
      return under(of.padEnd(10), who === '' ? line : `${line}   (${who})`, palette.faint);
    });
  return [
    ...hang(`${indent}- `, `${step.brief}`, width),
    ...under('', step.note, palette.faint),
    ...known,
    ...mark,
    ...because,
    ...tried,
    ...step.verify.flatMap((command) => under('$ ', command, palette.name)),
  ];
};
