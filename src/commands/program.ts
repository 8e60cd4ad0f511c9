import { Command, CommanderError } from 'commander';
import type { Outcome } from './exit-code.ts';
import type { Io } from './io.ts';
import { etcdOptions, inputOptions, outputOptions, packetOptions } from './options.ts';

const EXAMPLES = `
Examples:
  k8snet trace pod-a pod-b                         follow a ping, by the cluster file of this folder
  k8snet trace web db --port 5432 -f cluster.yaml  TCP, by a file of your own
  kubectl get nodes,pods -A -o yaml | k8snet trace web internet -f -
  k8snet trace web svc/db -f cluster.yaml          through a Service: its rules, its endpoints, and back
  k8snet trace pod-a pod-b --plugin all            the same question under every plugin, a row for each
  k8snet node node-1                               the state that the plugin and kube-proxy leave on a node

Exit codes: 0 all is well, 1 unreachable or findings, 2 mistake in command or input, 3 no answer`;

const TRACE_ENDS = `
FROM and TO: a pod (web, shop/web, pod/web), a node (node-1, node/node-1), deploy/web (its first pod),
an address, or internet
TO also: a Service (svc/db, db, db.shop, db.shop.svc.cluster.local), each with a port behind a colon
(svc/db:5432, svc/db:pg), a node port (node/node-1:30080), an address and a port`;

type Finish = (outcome: Outcome) => void;

// Each action imports its own module, so that a command pays for nothing that it does not use.
const addCommands = (program: Command, io: Io, finish: Finish): void => {
  const trace = program
    .command('trace')
    .summary('Follow a packet from one end to another, and the answer back')
    .description('Follow a packet from one end to another, and the answer back.')
    .argument('<from>', 'Pod, node, address or internet')
    .argument('<to>', 'Pod, Service, node, address or internet')
    .addHelpText('after', TRACE_ENDS)
    .action(async (from, to, flags) => finish(await (await import('./trace.ts')).run(io, from, to, flags)));
  etcdOptions(
    outputOptions(packetOptions(inputOptions(trace)))
      .option('--brief', 'One line per hop')
      .option('-v, --verbose', 'Every rule that was tried, and the commands that show it on a live node'),
  );

  const node = program
    .command('node')
    .summary('Show the state that the plugin and kube-proxy leave on a node')
    .description(
      'Show the state that the plugin and kube-proxy leave on a node, in the words of ip, bridge, iptables-save, nft and ipvsadm.',
    )
    .argument('<name>', 'Node; also a pod, or the gateway')
    .action(async (name, flags) => finish(await (await import('./node.ts')).run(io, name, flags)));
  etcdOptions(outputOptions(inputOptions(node)));

  const check = program
    .command('check')
    .summary('Say what is wrong with a cluster file')
    .description('Say what is wrong with a cluster file, each with its line and column.')
    .argument('[file...]', 'Files to check, as with -f')
    .action(async (files, flags) => finish(await (await import('./check.ts')).run(io, files, flags)));
  etcdOptions(outputOptions(inputOptions(check)));

  const explain = program
    .command('explain')
    .summary('Say what a code means')
    .description('Say what a code means, where it comes from and what to do; without a code, list them all.')
    .argument('[code]', 'A code, e.g. NO_SUBNET_LEASE')
    .action(async (code, flags) => finish(await (await import('./explain.ts')).run(io, code, flags)));
  outputOptions(explain);

  const plugins = program
    .command('plugins')
    .summary('List the network plugins, and how faithfully each is modelled')
    .description('List the network plugins, and how faithfully each is modelled.')
    .action(async (flags) => finish(await (await import('./plugins.ts')).run(io, flags)));
  outputOptions(plugins);

  program
    .command('schema')
    .summary('Print a JSON Schema')
    .description('Print the JSON Schema of the cluster file, or of a document that -o json prints.')
    .argument('[name]', 'cluster, trace, node or check', 'cluster')
    .action(async (name) => finish(await (await import('./schema.ts')).run(io, name)));
};

const createProgram = (io: Io, finish: Finish): Command => {
  const program = new Command('k8snet')
    .description('Follow a packet through a Kubernetes cluster, from YAML alone: every hop, every rewrite, every rule.')
    .version(__VERSION__, '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Print this help')
    .helpCommand('help [command]', 'Print the help of a command')
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', EXAMPLES)
    .configureOutput({ writeOut: io.out, writeErr: io.err, outputError: (text, write) => write(text) })
    .exitOverride();
  addCommands(program, io, finish);
  for (const command of program.commands)
    command.copyInheritedSettings(program).helpOption('-h, --help', 'Print this help');
  return program;
};

/** Runs the command that the arguments name. Commander has said what is wrong with them by the time this returns. */
export const runProgram = async (args: readonly string[], io: Io): Promise<Outcome> => {
  let outcome: Outcome = { kind: 'answered' };
  const program = createProgram(io, (ended) => {
    outcome = ended;
  });
  if (args.length === 0) {
    program.outputHelp();
    return outcome;
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return outcome;
  } catch (error) {
    if (error instanceof CommanderError) return { kind: error.exitCode === 0 ? 'answered' : 'usage' };
    throw error;
  }
};
