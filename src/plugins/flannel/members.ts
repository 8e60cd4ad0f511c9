import type { Cluster, Node } from '../../model/cluster.ts';
import type { Problem } from '../../model/place.ts';
import { type Family, familyOf, formatIp, type Ip } from '../../net/ip.ts';
import { macFromIp } from '../../net/mac.ts';
import { covers, familyOfPrefix, formatPrefix } from '../../net/prefix.ts';
import { stableMac } from '../naming.ts';
import type { Nic } from '../nics.ts';
import type { NotesOf } from './annotations.ts';
import { builders } from './backends.ts';
import type { FlannelConfig } from './config.ts';
import { chooseInterface } from './interface.ts';
import type { Member, OwnSide } from './member.ts';

export type Members = {
  readonly byName: ReadonlyMap<string, Member>;
  readonly problems: readonly Problem[];
  /** Whether a VTEP's MAC had to be made up. */
  readonly madeMacs: boolean;
};

/** A VTEP's MAC where nobody stated it: flanneld draws one at random (pkg/backend/vxlan). */
const vtepMac = (node: Node, family: Family, ip: Ip): string =>
  typeof ip === 'number' ? macFromIp('5e:00', ip) : stableMac(`vtep${family} ${node.name}`);

const problemOf = (node: Node, severity: Problem['severity'], code: string, text: string, hint?: string): Problem => ({
  severity,
  code,
  message: `node ${node.name}: ${text}`,
  place: node.place,
  ...(hint !== undefined && { hint }),
});

const subnetFaults = (node: Node, config: FlannelConfig): readonly Problem[] => {
  const kube = config.manager === 'kube';
  return ([4, 6] as const).flatMap((family): Problem[] => {
    const network = family === 4 ? config.network : config.network6;
    if (!network) return [];
    const subnet = node.podCIDRs.find((cidr) => familyOfPrefix(cidr) === family);
    // pkg/subnet/kube/kube.go
    if (!subnet && kube)
      return [
        problemOf(
          node,
          'error',
          'FLANNEL_NO_PODCIDR',
          `pod cidr not assigned (${family === 4 ? 'IPv4' : 'IPv6'}); flanneld exits`,
          'kube-controller-manager needs --allocate-node-cidrs, or state podCIDR',
        ),
      ];
    if (!subnet)
      return family === 4
        ? [
            problemOf(
              node,
              'warning',
              'FLANNEL_NODE_WITHOUT_LEASE',
              'no lease is its own; no other node reaches its pods',
            ),
          ]
        : [];
    if (covers(network, subnet)) return [];
    const text = kube
      ? `subnet ${formatPrefix(network)} specified in the flannel net config doesn't contain its podCIDR ${formatPrefix(subnet)}; flanneld exits`
      : `its lease ${formatPrefix(subnet)} lies outside of flannel's network ${formatPrefix(network)}`;
    return [problemOf(node, kube ? 'error' : 'warning', 'FLANNEL_NETWORK_MISMATCH', text)];
  });
};

/** Every node's own flanneld: its interface, its addresses, its subnets. One pass over the nodes. */
export const planMembers = (
  cluster: Cluster,
  config: FlannelConfig,
  nics: (node: Node) => readonly Nic[],
  macOf: (node: string, family: Family) => string | undefined,
  notesOf: NotesOf,
): Members => {
  const problems: Problem[] = [];
  const byName = new Map<string, Member>();
  let madeMacs = false;
  const { backend } = config;
  for (const node of cluster.nodes) {
    const faults = subnetFaults(node, config);
    problems.push(...faults);
    const notes = notesOf(node);
    const publicIp = config.publicIp(node.name) ?? notes.nodePublicIp;
    const choice = chooseInterface(nics(node), config.ifaces, publicIp);
    if (typeof choice === 'string') {
      problems.push(problemOf(node, 'error', 'FLANNEL_NO_INTERFACE', choice));
      continue;
    }
    if (faults.some(({ severity }) => severity === 'error')) continue;
    const sideFor = (family: Family): OwnSide | undefined => {
      const subnet = node.podCIDRs.find((cidr) => familyOfPrefix(cidr) === family);
      const [iface, ext] = [choice.iface(family), choice.ext(family)];
      if (!subnet || iface === undefined || ext === undefined) return undefined;
      if (family === 6 && !builders[backend.type]?.ipv6) return undefined;
      const known = macOf(node.name, family);
      if (known === undefined) madeMacs = true;
      const annotation = family === 4 ? notes.publicIp : notes.publicIp6;
      const published = (config.manager === 'kube' ? annotation : undefined) ?? ext;
      return { subnet, published, iface, ext, vtepMac: known ?? vtepMac(node, family, iface) };
    };
    const [v4, v6] = [sideFor(4), sideFor(6)];
    const differs = v4 && v4.ext !== v4.iface;
    if (backend.type === 'host-gw' && differs) {
      const text = `your PublicIP ${formatIp(v4.ext)} differs from interface IP ${formatIp(v4.iface)}, meaning that probably you're on a NAT, which is not supported by host-gw backend`;
      problems.push(problemOf(node, 'error', 'FLANNEL_PUBLIC_IP', text));
      continue;
    }
    if (config.network && v4 === undefined && node.ips.every((ip) => familyOf(ip) === 6))
      problems.push(problemOf(node, 'error', 'FLANNEL_NO_INTERFACE', 'failed to find IPv4 address for its interface'));
    if (!v4 && !v6) continue;
    byName.set(node.name, {
      name: node.name,
      dev: choice.nic.dev,
      mtu: choice.nic.mtu,
      ...(v4 && { v4 }),
      ...(v6 && { v6 }),
    });
  }
  return { byName, problems, madeMacs };
};
