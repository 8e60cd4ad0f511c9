import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needs } from '../support/needs.ts';

/** Where Debian's containernetworking-plugins puts the real CNI plugins. */
const CNI_PATH = '/usr/lib/cni';

/** What the tests with the real CNI plugins take. */
export const cniNeeds = [
  needs.root(),
  needs.commands('ip', 'bridge', 'iptables-save', 'ip6tables-save', 'sysctl'),
  existsSync(join(CNI_PATH, 'bridge')) ? undefined : `needs the CNI plugins in ${CNI_PATH} (Debian: containernetworking-plugins)`,
];

/** A user's PATH often lacks the folders of `ip` and `iptables`. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;

/** One plugin's configuration, as it stands in a conflist. */
export type PluginConf = Readonly<Record<string, unknown>> & { readonly type: string };
export type Network = { readonly cniVersion: string; readonly name: string; readonly plugins: readonly PluginConf[] };
export type PortMapping = { readonly hostPort: number; readonly containerPort: number; readonly protocol: 'tcp' | 'udp'; readonly hostIP?: string };

export type CniResult = {
  readonly ips?: readonly { readonly address: string; readonly gateway?: string }[];
  readonly ip4?: { readonly ip: string };
};

/** What a namespace holds, in iproute2's words, sorted, without what the kernel draws at random: MAC and link-local addresses, indexes. */
export type ReadBack = {
  readonly links: readonly { readonly ifname: string; readonly kind: string; readonly mtu: number; readonly master?: string; readonly promisc?: true }[];
  /** `dev address/len scope`. */
  readonly addresses: readonly string[];
  /** Lines of `ip route`, then those of `ip -6 route`. */
  readonly routes: readonly string[];
  /** Lines of `ip route show table local`, without 127.0.0.0/8. */
  readonly local: readonly string[];
  readonly bridgePorts: readonly { readonly ifname: string; readonly master: string; readonly hairpin: boolean; readonly isolated: boolean }[];
  /** `table: line` of iptables-save, chains of policy and comments of the tool left out. */
  readonly iptables: readonly string[];
};

/** A node: a network namespace with its pods, each again one, and host-local's store in a temp folder. */
export type CniNode = {
  readonly dataDir: string;
  /** Runs ADD of each plugin in turn as a runtime does: name and version filled in, the result handed on, capabilities where declared. */
  readonly add: (pod: string, network: Network, portMappings?: readonly PortMapping[]) => CniResult;
  readonly del: (pod: string, network: Network, portMappings?: readonly PortMapping[]) => void;
  /** Of the node, or of one pod. veth ends are called `veth:POD`. */
  readonly readBack: (pod?: string) => ReadBack;
  readonly run: (command: string, ...args: string[]) => string;
  readonly sysctl: (key: string, pod?: string) => string;
};

let counter = 0;

/** Makes a node, hands it over, and removes every namespace of it, whatever happens. */
export function withNode<T>(use: (node: CniNode) => T): T {
  const prefix = `k8snet-${process.pid}-${randomBytes(3).toString('hex')}${counter++}-`;
  const dataDir = mkdtempSync(join(tmpdir(), prefix));
  const made: string[] = [];
  const exec = (command: string, args: readonly string[], input = ''): string =>
    execFileSync(command, args, { input, encoding: 'utf8', timeout: 20_000, env: { ...process.env, PATH }, stdio: ['pipe', 'pipe', 'pipe'] });
  const netns = (name: string): string => {
    const id = `${prefix}${name}`;
    if (!made.includes(id)) {
      exec('ip', ['netns', 'add', id]);
      made.push(id);
    }
    return id;
  };
  const inNetns = (id: string, command: string, ...args: string[]): string => exec('ip', ['netns', 'exec', id, command, ...args]);
  const remove = () => {
    for (const id of made.splice(0).reverse()) {
      try {
        exec('ip', ['netns', 'del', id]);
      } catch {
        // The next one is to go all the same.
      }
    }
    rmSync(dataDir, { recursive: true, force: true });
  };
  // For a run that is broken off inside of `use`.
  process.once('exit', remove);
  try {
    const node = netns('node');
    inNetns(node, 'ip', 'link', 'set', 'lo', 'up');
    const veths = new Map<string, string>();

    const call = (verb: 'ADD' | 'DEL', pod: string, conf: Readonly<Record<string, unknown>>): string => {
      const env = [`CNI_COMMAND=${verb}`, `CNI_CONTAINERID=${pod}`, `CNI_NETNS=/var/run/netns/${netns(pod)}`, 'CNI_IFNAME=eth0', `CNI_PATH=${CNI_PATH}`];
      try {
        return exec('ip', ['netns', 'exec', node, 'env', ...env, join(CNI_PATH, String(conf['type']))], JSON.stringify(conf));
      } catch (error) {
        const { stdout, stderr } = error as { stdout?: string; stderr?: string };
        throw new Error(readError(stdout) ?? `${conf['type']} ${verb}: ${stdout}${stderr}`);
      }
    };
    const confOf = (network: Network, plugin: PluginConf, portMappings: readonly PortMapping[] | undefined, prevResult: unknown) => {
      const capable = (plugin['capabilities'] as Record<string, boolean> | undefined)?.['portMappings'] === true;
      const ipam = plugin['ipam'] as Record<string, unknown> | undefined;
      return {
        ...plugin,
        cniVersion: network.cniVersion,
        name: network.name,
        ...(ipam ? { ipam: { ...ipam, ...(ipam['type'] === 'host-local' ? { dataDir } : {}) } } : {}),
        ...(capable && portMappings ? { runtimeConfig: { portMappings } } : {}),
        ...(prevResult === undefined ? {} : { prevResult }),
      };
    };
    return use({
      dataDir,
      add: (pod, network, portMappings) => {
        let result: CniResult | undefined;
        try {
          for (const plugin of network.plugins) {
            result = JSON.parse(call('ADD', pod, confOf(network, plugin, portMappings, result))) as CniResult;
          }
        } finally {
          // Results of CNI 0.1.0 name no interface, and a failed ADD leaves its veth: so the new one is looked up.
          for (const { ifname } of JSON.parse(inNetns(node, 'ip', '-j', 'link')) as Link[]) {
            if (ifname.startsWith('veth') && !veths.has(ifname)) veths.set(ifname, `veth:${pod}`);
          }
        }
        return result ?? {};
      },
      del: (pod, network, portMappings) => {
        for (const plugin of network.plugins.toReversed()) call('DEL', pod, confOf(network, plugin, portMappings, undefined));
      },
      readBack: (pod) => readBack((command, ...args) => inNetns(pod === undefined ? node : netns(pod), command, ...args), veths),
      run: (command, ...args) => inNetns(node, command, ...args),
      sysctl: (key, pod) => inNetns(pod === undefined ? node : netns(pod), 'sysctl', '-n', key).trim(),
    });
  } finally {
    remove();
    process.removeListener('exit', remove);
  }
}

const readError = (stdout: string | undefined): string | undefined => {
  try {
    return (JSON.parse(stdout ?? '') as { msg?: string }).msg;
  } catch {
    return undefined;
  }
};

type Link = {
  readonly ifname: string;
  readonly mtu: number;
  readonly master?: string;
  readonly flags: readonly string[];
  readonly linkinfo?: { readonly info_kind?: string };
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number; readonly scope: string }[];
};
type Port = { readonly ifname: string; readonly master: string; readonly hairpin: boolean; readonly isolated: boolean };

function readBack(run: (command: string, ...args: string[]) => string, veths: ReadonlyMap<string, string>): ReadBack {
  const named = (text: string): string => [...veths].reduce((t, [veth, name]) => t.replaceAll(veth, name), text);
  const lines = (text: string): string[] =>
    named(text)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  const links = JSON.parse(named(run('ip', '-j', '-d', 'addr'))) as Link[];
  const ports = JSON.parse(named(run('bridge', '-j', '-d', 'link')) || '[]') as Port[];
  const byName = <T extends { readonly ifname: string }>(list: readonly T[]): T[] => list.toSorted((a, b) => (a.ifname < b.ifname ? -1 : 1));
  return {
    links: byName(
      links.map((l) => ({
        ifname: l.ifname,
        kind: l.linkinfo?.info_kind ?? 'loopback',
        mtu: l.mtu,
        ...(l.master === undefined ? {} : { master: l.master }),
        ...(l.flags.includes('PROMISC') ? { promisc: true as const } : {}),
      })),
    ).filter((l) => l.ifname !== 'lo'),
    addresses: links
      .flatMap((l) => l.addr_info.map((a) => `${l.ifname} ${a.local}/${a.prefixlen} ${a.scope}`))
      .filter((a) => !a.startsWith('lo ') && !a.includes(' fe80:'))
      .sort(),
    routes: [...lines(run('ip', 'route')), ...lines(run('ip', '-6', 'route')).filter((l) => !l.startsWith('fe80:'))],
    local: lines(run('ip', 'route', 'show', 'table', 'local')).filter((l) => !/ 127\./.test(l)),
    bridgePorts: byName(ports.map(({ ifname, master, hairpin, isolated }) => ({ ifname, master, hairpin, isolated }))),
    iptables: iptablesLines(named(run('iptables-save'))),
  };
}

function iptablesLines(text: string): string[] {
  let table = '';
  const result: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    // User chains count, built-in ones are always there.
    else if (line.startsWith('-A') || / - \[/.test(line)) result.push(`${table}: ${line.replace(/ \[\d+:\d+\]$/, '')}`);
  }
  return result;
}
