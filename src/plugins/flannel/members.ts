import type { Cluster, Node } from '../../model/cluster.ts';
import type { Problem } from '../../model/place.ts';
import { type Family, familyOf, formatIp, type Ip } from '../../net/ip.ts';
import { type Mac, macFromIp } from '../../net/mac.ts';
import type { Prefix } from '../../net/prefix.ts';
import { stableMac } from '../naming.ts';
import type { Nic } from '../nics.ts';
import type { Annotated, NotesOf } from './annotations.ts';
import { builders } from './backends.ts';
import type { FlannelConfig } from './config.ts';
import { chooseInterface } from './interface.ts';
import type { Member, OwnSide } from './member.ts';
import { nodeProblem, subnetFault } from './subnet-faults.ts';

export type Members = {
  readonly byName: ReadonlyMap<string, Member>;
  readonly problems: readonly Problem[];
  /** Whether a VTEP's MAC had to be made up. */
  readonly madeMacs: boolean;
};

export type MemberOptions = {
  readonly config: FlannelConfig;
  readonly nics: (node: Node) => readonly Nic[];
  /** The MACs of VXLAN devices that the input states. */
  readonly macOf: (node: string, family: Family) => Mac | undefined;
  readonly notes: NotesOf;
};

/** A VTEP's MAC where nobody stated it: flanneld draws one at random (pkg/backend/vxlan). */
const madeMac = (node: Node, family: Family, ip: Ip): Mac =>
  typeof ip === 'number' ? macFromIp('5e:00', ip) : stableMac(`vtep${family} ${node.name}`);

const NAT = "meaning that probably you're on a NAT, which is not supported by host-gw backend";

const addressFault = (node: Node, config: FlannelConfig, v4: OwnSide | undefined): Problem | undefined => {
  if (config.backend.type === 'host-gw' && v4 && v4.ext !== v4.iface) {
    const text = `your PublicIP ${formatIp(v4.ext)} differs from interface IP ${formatIp(v4.iface)}, ${NAT}`;
    return nodeProblem(node, 'error', 'FLANNEL_PUBLIC_IP', text);
  }
  if (config.network && !v4 && node.ips.every((ip) => familyOf(ip) === 6))
    return nodeProblem(node, 'error', 'FLANNEL_NO_INTERFACE', 'failed to find IPv4 address for its interface');
  return undefined;
};

type Chosen = Exclude<ReturnType<typeof chooseInterface>, string>;

const sideFor = (
  node: Node,
  family: Family,
  subnet: Prefix | undefined,
  choice: Chosen,
  notes: Annotated,
  { config, macOf }: MemberOptions,
): OwnSide | undefined => {
  const iface = choice.iface(family);
  const ext = choice.ext(family);
  if (!subnet || iface === undefined || ext === undefined) return undefined;
  const annotation = family === 4 ? notes.publicIp : notes.publicIp6;
  const published = (config.manager === 'kube' ? annotation : undefined) ?? ext;
  return { subnet, published, iface, ext, vtepMac: macOf(node.name, family) ?? madeMac(node, family, iface) };
};

/** Every node's own flanneld: its interface, its addresses, its subnets. One pass over the nodes. */
export const planMembers = (cluster: Cluster, options: MemberOptions): Members => {
  const { config, nics, macOf, notes: notesOf } = options;
  const problems: Problem[] = [];
  const byName = new Map<string, Member>();
  let madeMacs = false;
  const families: readonly Family[] = config.network6 && builders[config.backend.type]?.ipv6 ? [4, 6] : [4];
  for (const node of cluster.nodes) {
    const faults = ([4, 6] as const).flatMap((family) => subnetFault(node, config, family) ?? []);
    problems.push(...faults);
    const notes = notesOf(node);
    const choice = chooseInterface(nics(node), config.ifaces, config.publicIp(node.name) ?? notes.nodePublicIp);
    if (typeof choice === 'string') {
      problems.push(nodeProblem(node, 'error', 'FLANNEL_NO_INTERFACE', choice));
      continue;
    }
    if (faults.some(({ severity }) => severity === 'error')) continue;
    const sides = families.map((family) => {
      const subnet = node.podCIDRs.find((cidr) => familyOf(cidr.addr) === family);
      return sideFor(node, family, subnet, choice, notes, options);
    });
    const [v4, v6] = sides;
    const fault = addressFault(node, config, v4);
    if (fault) problems.push(fault);
    if (fault || (!v4 && !v6)) continue;
    madeMacs ||= families.some((family, i) => sides[i] && macOf(node.name, family) === undefined);
    const { dev, mtu } = choice.nic;
    byName.set(node.name, { name: node.name, dev, mtu, ...(v4 && { v4 }), ...(v6 && { v6 }) });
  }
  return { byName, problems, madeMacs };
};
