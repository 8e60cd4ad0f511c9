import type { Problem } from '../model/place.ts';
import { type Format, renderers } from '../render/index.ts';
import type { Doc, RenderOptions } from '../render/renderer.ts';
import { type Colour, colourLevel } from './colour.ts';
import type { Io } from './io.ts';

/** Options that every command which prints a document has. */
export type OutputFlags = {
  readonly output: Format;
  readonly color: Colour;
  readonly brief?: boolean;
  readonly verbose?: boolean;
};

const levelOf = ({ brief, verbose }: OutputFlags): RenderOptions['level'] =>
  verbose ? 'verbose' : brief ? 'brief' : 'default';

/** Prints a document to standard output. */
export const print = async (io: Io, flags: OutputFlags, doc: Doc): Promise<void> => {
  const { default: render } = await renderers[flags.output]();
  io.out(await render(doc, { level: levelOf(flags), colour: colourLevel(flags.color, io, io.colours.out) }));
};

/** Prints problems to standard error, with the lines of input that they are about. */
export const complain = async (
  io: Io,
  color: Colour,
  problems: readonly Problem[],
  sources: readonly { readonly name: string; readonly text: string }[],
): Promise<void> => {
  const { findingOf } = await import('../check.ts');
  const { problemText } = await import('../render/text/problems.ts');
  const findings = problems.map((problem) => findingOf(sources, problem));
  io.err(problemText(findings, colourLevel(color, io, io.colours.err)));
};
