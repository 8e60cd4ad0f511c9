import { commandsOf } from '../../src/linux/commands.ts';
import type { Netns } from '../../src/linux/netns.ts';
import { inNamespace, podNamespace } from '../support/namespace.ts';

/** Veths and wires, which `commandsOf` expects, and no link-local addresses, which the model leaves out. */
const before = ({ links }: Netns): string[] => [
  'ip link set lo up',
  'for f in all default; do sysctl -qw net.ipv6.conf.$f.addr_gen_mode=1; done',
  ...links.flatMap((link) => {
    if (link.kind === 'physical') return [`ip link add ${link.ifname} type veth peer name far-${link.ifname}`, `ip link set far-${link.ifname} up`];
    if (link.kind === 'veth')
      return [`ip link add ${link.ifname} type veth peer name e${link.peer.ifindex} netns $POD`, `nsenter -t $POD -n ip link set e${link.peer.ifindex} up`];
    return [];
  }),
];

// A link's carrier is noticed a moment after its other end is up; the tun device has none, as no daemon holds it.
const settled = `n=0; while [ $n -lt 100 ] && ip -o link show up | grep -v POINTOPOINT | grep -q 'NO-CARRIER\\|state DOWN\\|state LOWERLAYERDOWN'; do sleep 0.02; n=$((n+1)); done`;

/** Makes the state with its own commands, waits until links have settled, and answers with what each of `shows` printed. */
export const realNode = (node: Netns, shows: readonly string[]): Map<string, string[]> =>
  inNamespace([...podNamespace, ...before(node), ...commandsOf(node).map((line) => line.replace(/^sysctl -w/, 'sysctl -qw')), settled], shows);
