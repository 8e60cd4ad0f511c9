import { type ExitCode, exitCode, type Outcome } from './commands/exit-code.ts';
import { type Io, systemIo } from './commands/io.ts';

const internal = (io: Io, error: unknown): Outcome => {
  const message = error instanceof Error ? error.message : String(error);
  io.err(`k8snet: internal error: ${message.split('\n')[0]}; please report it, with the command and its input\n`);
  if (error instanceof Error && io.env['K8SNET_DEBUG']) io.err(`${error.stack}\n`);
  return { kind: 'internal' };
};

const isVersion = ([arg, ...more]: readonly string[]): boolean =>
  more.length === 0 && (arg === '--version' || arg === '-V');

/** The command line: arguments in, exit code out. Data goes to standard output, all else to standard error. */
export const main = async (args: readonly string[], io: Io = systemIo()): Promise<ExitCode> => {
  // Asked by scripts at every turn: it needs no parser of arguments.
  if (isVersion(args)) {
    io.out(`${__VERSION__}\n`);
    return exitCode({ kind: 'answered' });
  }
  try {
    const { runProgram } = await import('./commands/program.ts');
    return exitCode(await runProgram(args, io));
  } catch (error) {
    return exitCode(internal(io, error));
  }
};
