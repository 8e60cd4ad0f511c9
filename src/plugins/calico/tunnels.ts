import { type Ip, parseIp } from '../../net/ip.ts';
import { hostPrefix } from '../../net/prefix.ts';
import { nodeOrigin } from '../origin.ts';
import { OVERHEAD } from './defaults.ts';
import { vtepMac } from './names.ts';
import { addressOf, type Self, uses } from './site.ts';

const ANY = parseIp('0.0.0.0') as Ip;

/** tunl0, the module's own device: the next hop of a route is the outer destination (felix/dataplane/linux/ipip_mgr.go). */
export const addIpip = ({ draft, nic, config, ipam }: Self): void => {
  if (!uses(config, 'ipip', 4)) return;
  const { netns, node } = draft;
  const origin = nodeOrigin('calico', node);
  const mtu = nic.mtu - OVERHEAD.ipip;
  netns.addLink({
    kind: 'ipip',
    ifname: 'tunl0',
    mtu,
    up: true,
    noarp: true,
    local: ANY,
    ttl: 0,
    pmtudisc: false,
    origin,
  });
  const own = ipam.tunnels.get(node.name)?.ipip;
  if (own !== undefined) netns.addAddress('tunl0', own, 32, { origin });
};

/** The VXLAN device of a family; each other node has a neighbour and an FDB entry, be it on the same subnet or not (felix/dataplane/linux/vxlan_mgr.go). */
export const addVxlan = ({ draft, nic, config, ipam, nodes }: Self, family: 4 | 6): void => {
  const { netns, node } = draft;
  const local = addressOf(node, family);
  if (!uses(config, 'vxlan', family) || local === undefined) return;
  const key = family === 4 ? 'vxlan' : 'vxlan6';
  const ifname = vxlanDev(family);
  const origin = nodeOrigin('calico', node);
  netns.addLink({
    kind: 'vxlan',
    ifname,
    mtu: nic.mtu - (family === 4 ? OVERHEAD.vxlan : OVERHEAD.vxlan6),
    up: true,
    address: vtepMac(node.name, family),
    id: config.vxlanVni,
    local,
    dev: nic.dev,
    port: config.vxlanPort,
    learning: false,
    origin,
  });
  const own = ipam.tunnels.get(node.name)?.[key];
  if (own !== undefined) netns.addAddress(ifname, own, hostPrefix(own).len, { origin });
  for (const other of nodes) {
    const [vtep, dst] = [ipam.tunnels.get(other.name)?.[key], addressOf(other, family)];
    if (other.name === node.name || vtep === undefined || dst === undefined) continue;
    const from = nodeOrigin('calico', other);
    const mac = vtepMac(other.name, family);
    netns.neighbours.push({ dst: vtep, dev: ifname, lladdr: mac, state: 'permanent', origin: from });
    netns.fdb.push({ mac, ifname, dst, state: 'permanent', origin: from });
  }
};

export const vxlanDev = (family: 4 | 6): string => (family === 4 ? 'vxlan.calico' : 'vxlan-v6.calico');
