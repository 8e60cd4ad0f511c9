import { Chalk, type ColorSupportLevel } from 'chalk';

/** What colours mean. Each also has a word or a place of its own: colour is never the only sign. */
export type Palette = {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly name: (text: string) => string;
};

/** @param level 0 for none, 1 for 16 colours, 2 for 256, 3 for all */
export const createPalette = (level: ColorSupportLevel): Palette => {
  const chalk = new Chalk({ level });
  return {
    strong: chalk.bold,
    faint: chalk.dim,
    good: chalk.green,
    bad: chalk.red,
    warn: chalk.yellow,
    name: chalk.cyan,
  };
};
