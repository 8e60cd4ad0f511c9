import { type Command, InvalidArgumentError, Option } from 'commander';
import { FORMATS } from '../render/index.ts';

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

const whole =
  (low: number, high: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < low || value > high)
      throw new InvalidArgumentError(`It is a whole number from ${low} to ${high}.`);
    return value;
  };

const portOf = (text: string): number | string => {
  const value = Number(text);
  if (/^\d+$/.test(text) ? value >= 1 && value <= 65535 : /^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/.test(text))
    return /^\d+$/.test(text) ? value : text;
  throw new InvalidArgumentError('It is a whole number from 1 to 65535, or the name of a port.');
};

const PROXY_MODES = ['iptables', 'nftables', 'ipvs'];

const choice = (flags: string, text: string, choices: readonly string[]): Option =>
  new Option(flags, text).choices([...choices]);

/** Which cluster is meant. */
export const inputOptions = (command: Command): Command =>
  command
    .optionsGroup('Input:')
    .addOption(
      new Option('-f, --file <file>', 'Cluster file, kubectl dump, folder, or - for standard input; repeatable')
        .argParser(collect)
        .default([], 'k8snet.yaml or cluster.yaml here'),
    )
    .option('--plugin <name>', 'The same cluster under another network plugin (trace: all, a row for each)')
    .addOption(choice('--proxy <mode>', 'The same cluster under another mode of kube-proxy', PROXY_MODES))
    .option('-n, --namespace <name>', 'Namespace of names without one', 'default');

/** Leases from a real etcd, with the names of flanneld's own flags. */
export const etcdOptions = (command: Command): Command =>
  command
    .optionsGroup('Leases from an etcd (flannel):')
    .option('--etcd <url>', 'Endpoint, e.g. http://127.0.0.1:2379; repeatable, or a list with commas', collect)
    .option('--etcd-prefix <prefix>', 'Where flannel keeps its keys (default: /coreos.com/network)')
    .option('--etcd-cafile <file>', "CA that signed etcd's certificate")
    .option('--etcd-certfile <file>', 'Client certificate')
    .option('--etcd-keyfile <file>', 'Key of the client certificate')
    .option('--etcd-username <name>', 'User (or the environment variable ETCD_USERNAME)')
    .option('--etcd-password <password>', 'Password; better in the environment: ETCD_PASSWORD or K8SNET_ETCD_PASSWORD');

/** How the answer is printed. */
export const outputOptions = (command: Command): Command =>
  command
    .optionsGroup('Output:')
    .addOption(choice('-o, --output <format>', 'Format', FORMATS).default('text'))
    .addOption(choice('--color <when>', 'Colours', ['auto', 'always', 'never']).default('auto'));

/** What is sent. */
export const packetOptions = (command: Command): Command =>
  command
    .optionsGroup('Packet:')
    .addOption(
      choice('--protocol <name>', 'Protocol (default: icmp echo, or tcp with --port)', ['tcp', 'udp', 'sctp', 'icmp']),
    )
    .option('--port <port>', 'Destination port: a number, or the name that a Service gives it', portOf)
    .option('--backend <pod>', 'The endpoint of the Service that is chosen: a pod, an address, or address:port')
    .option('--dns', "Show how the client's resolver finds the Service")
    .option('--size <bytes>', 'Length of the IP packet (default: 84, as ping sends it; 104 for IPv6)', whole(28, 65535))
    .option('--no-df', "Allow fragments: leave Don't Fragment clear")
    .option('--ttl <number>', 'TTL that the packet starts with (default: 64)', whole(1, 255))
    .addOption(new Option('--reply', 'Follow the answer as well').default(true, 'yes'))
    .option('--no-reply', 'Follow the question only')
    .option('-4, --ipv4', 'By IPv4')
    .option('-6, --ipv6', 'By IPv6');
