import type { Cluster, Node } from '../../model/cluster.ts';
import type { Problem } from '../../model/place.ts';
import { formatIp, type Ip } from '../../net/ip.ts';
import { formatPrefix, prefixEquals } from '../../net/prefix.ts';
import { nodeOrigin } from '../origin.ts';
import type { Store } from '../plugin.ts';
import { type BackendData, backendData, type NotesOf } from './annotations.ts';
import type { FlannelConfig } from './config.ts';
import { ANNOTATIONS } from './defaults.ts';
import { type FlannelStore, type Lease, subnetKey } from './leases.ts';
import type { Lessee, Member, Side } from './member.ts';

export type Lessees = { readonly list: readonly Lessee[]; readonly problems: readonly Problem[] };

/** Backends that look at the type of a peer's lease, and ignore it where it is another (pkg/backend/<type>). */
const CHECKS_TYPE = new Set(['vxlan', 'host-gw', 'ipip', 'wireguard', 'ipsec', 'extension']);

const ignored = (config: FlannelConfig, name: string, type: string | undefined): Problem | undefined => {
  const own = config.backend.type;
  if (type === undefined || type === own || !CHECKS_TYPE.has(own)) return undefined;
  const message = `${name}: its backend is ${type || 'udp'}, not ${own}; every other node ignores its lease`;
  return { severity: 'warning', code: 'FLANNEL_BACKEND_MIXED', message };
};

const sides = ({ v4, v6 }: Pick<Member, 'v4' | 'v6'>) => ({ ...(v4 && { v4 }), ...(v6 && { v6 }) });
const dataOf = ({ publicKey, port }: BackendData) => ({
  ...(publicKey !== undefined && { publicKey }),
  ...(port !== undefined && { listenPort: port }),
});

/** The leases as the kube subnet manager sees them: nodes with its annotation, if any has it (pkg/subnet/kube/kube.go). */
const fromNodes = (
  cluster: Cluster,
  config: FlannelConfig,
  members: ReadonlyMap<string, Member>,
  notesOf: NotesOf,
): Lessees => {
  const problems: Problem[] = [];
  const kube = config.manager === 'kube';
  const managed = kube && cluster.nodes.some((node) => notesOf(node).managed);
  const list = cluster.nodes.flatMap((node): Lessee[] => {
    const [member, note] = [members.get(node.name), notesOf(node)];
    if (!member) return [];
    if (managed && !note.managed) {
      const message = `node ${node.name}: without the annotation ${ANNOTATIONS}/kube-subnet-manager; every other node ignores it`;
      problems.push({ severity: 'warning', code: 'FLANNEL_NODE_IGNORED', message, place: node.place });
      return [];
    }
    const other = kube ? ignored(config, `node ${node.name}`, note.backendType) : undefined;
    if (other) {
      problems.push({ ...other, place: node.place });
      return [];
    }
    const origin = nodeOrigin('flannel', node);
    const line = () => (kube ? annotationLine(node, member) : etcdLine(config, member));
    return [{ name: node.name, ...sides(member), ...dataOf(note.data), line, origin }];
  });
  // A starting flanneld learns leases in the order of their keys.
  return { list: kube ? list : inKeyOrder(list), problems };
};

const inKeyOrder = (list: readonly Lessee[]): readonly Lessee[] =>
  list
    .map((lessee) => ({ lessee, key: keyOf(lessee) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ lessee }) => lessee);

const keyOf = ({ v4, v6 }: Pick<Lessee, 'v4' | 'v6'>): string => (v4 ? subnetKey(v4.subnet, v6?.subnet) : '');

const etcdLine = (config: FlannelConfig, member: Member): string => {
  const { v4 } = member;
  if (!v4) return '';
  const value = JSON.stringify({ PublicIP: formatIp(v4.published) });
  return `${formatPrefix(v4.subnet)} -> ${formatIp(v4.published)}   (${config.etcdPrefix}/${keyOf(member)} = ${value})`;
};

const annotationLine = (node: Node, { v4 }: Member): string =>
  v4
    ? `${formatPrefix(v4.subnet)} -> ${formatIp(v4.published)}   (node ${node.name}: ${ANNOTATIONS}/public-ip = ${formatIp(v4.published)})`
    : '';

const storedSide = (subnet: Side['subnet'] | undefined, ip: Ip | undefined, mac: string): Side | undefined =>
  subnet && ip !== undefined ? { subnet, published: ip, vtepMac: mac } : undefined;

const NO_MAC = '00:00:00:00:00:00';

/** The leases that were read from etcd: all of them, whether their node is known here or not. */
const fromStore = (
  config: FlannelConfig,
  leases: readonly Lease[],
  owners: ReadonlyMap<Lease, string>,
  members: ReadonlyMap<string, Member>,
  kvs: Store['kvs'],
): Lessees => {
  const problems: Problem[] = [];
  const leaseIds = new Map(kvs.map(({ key, leaseId }) => [key, leaseId]));
  const list = leases.flatMap((lease): Lessee[] => {
    const other = ignored(config, lease.key, lease.backendType);
    if (other) {
      problems.push(other);
      return [];
    }
    const owner = owners.get(lease);
    const member = owner === undefined ? undefined : members.get(owner);
    const [data, data6] = [backendData(lease.backendData), backendData(lease.backendV6Data)];
    const v4 = storedSide(lease.subnet, lease.publicIp, data.vtepMac ?? member?.v4?.vtepMac ?? NO_MAC);
    const v6 = storedSide(lease.subnet6, lease.publicIp6, data6.vtepMac ?? member?.v6?.vtepMac ?? NO_MAC);
    const subnet = lease.subnet ?? lease.subnet6;
    const ip = lease.publicIp ?? lease.publicIp6;
    const note = lease.reservation ? 'a reservation: it never expires' : `etcd lease ${leaseIds.get(lease.key) ?? ''}`;
    return [
      {
        name: owner ?? lease.key,
        ...(v4 && { v4 }),
        ...(v6 && { v6 }),
        ...dataOf(data),
        line: () =>
          `${subnet ? formatPrefix(subnet) : ''} -> ${ip === undefined ? '' : formatIp(ip)}   (${lease.key} = ${lease.value})`,
        origin: { plugin: 'flannel', kind: 'Lease', name: lease.key, note },
      },
    ];
  });
  return { list, problems };
};

/** Every lease that a flanneld sees, its own among them, in the order in which it learns them. */
export const planLessees = (
  cluster: Cluster,
  config: FlannelConfig,
  members: ReadonlyMap<string, Member>,
  notesOf: NotesOf,
  stored?: { readonly flannel: FlannelStore; readonly owners: ReadonlyMap<Lease, string>; readonly kvs: Store['kvs'] },
): Lessees =>
  stored
    ? fromStore(config, stored.flannel.leases, stored.owners, members, stored.kvs)
    : fromNodes(cluster, config, members, notesOf);

/** The others' leases: each flanneld skips its own subnet. */
export const peersOf = (lessees: readonly Lessee[], self: Member): readonly Lessee[] =>
  lessees.filter(({ v4, v6 }) => {
    const own = self.v4 && v4 ? prefixEquals(self.v4.subnet, v4.subnet) : false;
    return !own && !(self.v6 && v6 && prefixEquals(self.v6.subnet, v6.subnet));
  });
