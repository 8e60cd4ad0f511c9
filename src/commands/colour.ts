import type { Io } from './io.ts';

export type Colour = 'auto' | 'always' | 'never';
export type ColourLevel = 0 | 1 | 2 | 3;

/** What a stream shows, without asking any environment variable of ours. */
export const getColorDepth = (stream: NodeJS.WriteStream): ColourLevel => {
  if (!stream.isTTY) return 0;
  const bits = stream.getColorDepth();
  return bits >= 24 ? 3 : bits >= 8 ? 2 : bits >= 4 ? 1 : 0;
};

/** How many colours to use: a flag beats NO_COLOR, which beats what the terminal can do. */
export const colourLevel = (asked: Colour, { env }: Pick<Io, 'env'>, able: ColourLevel): ColourLevel => {
  const forced = env['FORCE_COLOR'] !== undefined && !['', '0', 'false'].includes(env['FORCE_COLOR']);
  if (asked === 'never') return 0;
  if (asked === 'always') return able === 0 ? 1 : able;
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return 0;
  if (forced) return able === 0 ? 1 : able;
  return env['TERM'] === 'dumb' ? 0 : able;
};
