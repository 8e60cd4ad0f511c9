import type { Cluster, Node } from '../../model/cluster.ts';
import type { Assumption } from '../../model/place.ts';
import { type Ip, parseIp } from '../../net/ip.ts';
import { parseMac } from '../../net/mac.ts';
import { type Backend, readBackend } from './backend.ts';
import { ANNOTATIONS } from './defaults.ts';
import { goObject } from './gojson.ts';

/** What flanneld's kube subnet manager writes on its node, and what users write for it (pkg/subnet/kube/annotations.go). */
export type Annotated = {
  readonly managed: boolean;
  /** undefined where there is no annotation; '' for udp and alloc. */
  readonly backendType: string | undefined;
  readonly publicIp: Ip | undefined;
  readonly publicIp6: Ip | undefined;
  /** `node-public-ip`: works like --public-ip. */
  readonly nodePublicIp: Ip | undefined;
  readonly data: BackendData;
  readonly data6: BackendData;
};

/** The parts of BackendData that other nodes use: of vxlan and of wireguard. */
export type BackendData = {
  readonly vni?: number;
  readonly vtepMac?: string;
  readonly publicKey?: string;
  readonly port?: number;
};

const KEYS = {
  'backend-data': `${ANNOTATIONS}/backend-data`,
  'backend-v6-data': `${ANNOTATIONS}/backend-v6-data`,
  'backend-type': `${ANNOTATIONS}/backend-type`,
  'kube-subnet-manager': `${ANNOTATIONS}/kube-subnet-manager`,
  'public-ip': `${ANNOTATIONS}/public-ip`,
  'public-ipv6': `${ANNOTATIONS}/public-ipv6`,
  'public-ip-overwrite': `${ANNOTATIONS}/public-ip-overwrite`,
  'public-ipv6-overwrite': `${ANNOTATIONS}/public-ipv6-overwrite`,
  'node-public-ip': `${ANNOTATIONS}/node-public-ip`,
} as const;

const note = (node: Node, key: keyof typeof KEYS): string | undefined => node.annotations[KEYS[key]];
const ipOf = (text: string | undefined): Ip | undefined => (text === undefined ? undefined : parseIp(text));

// What flanneld writes, to the letter: in a cluster of thousands of nodes each is read once.
const VXLAN_DATA = /^\{"VNI":(\d+),"VtepMAC":"((?:[0-9a-f]{2}:){5}[0-9a-f]{2})"\}$/;

/** Reads BackendData, given as JSON text or as a value. */
export const backendData = (raw: unknown): BackendData => {
  const usual = typeof raw === 'string' ? VXLAN_DATA.exec(raw) : undefined;
  if (usual?.[2] !== undefined && usual[1] !== '0') return { vni: Number(usual[1]), vtepMac: usual[2] };
  if (raw === 'null') return {};
  const text = typeof raw === 'string' ? raw : JSON.stringify(raw ?? null);
  const o = goObject(text, () => {});
  const mac = parseMac(o?.string('VtepMAC', '') ?? '');
  const key = o?.string('PublicKey', '');
  const [vni, port] = [o?.int('VNI', 0) ?? 0, o?.int('Port', 0) ?? 0];
  return {
    ...(vni > 0 && { vni }),
    ...(mac !== undefined && { vtepMac: mac }),
    ...(key && { publicKey: key }),
    ...(port > 0 && { port }),
  };
};

const NOTHING: Annotated = {
  managed: false,
  backendType: undefined,
  publicIp: undefined,
  publicIp6: undefined,
  nodePublicIp: undefined,
  data: {},
  data6: {},
};

/** Reads each node's annotations once. */
export type NotesOf = (node: Node) => Annotated;
export const notesOf = (): NotesOf => {
  const read = new Map<Node, Annotated>();
  return (node) => {
    const known = read.get(node) ?? annotated(node);
    read.set(node, known);
    return known;
  };
};

const annotated = (node: Node): Annotated => {
  if (!Object.keys(node.annotations).some((key) => key.startsWith(ANNOTATIONS))) return NOTHING;
  const [data, data6] = [note(node, 'backend-data'), note(node, 'backend-v6-data')];
  return {
    managed: note(node, 'kube-subnet-manager') === 'true',
    backendType: note(node, 'backend-type'),
    publicIp: ipOf(note(node, 'public-ip-overwrite') ?? note(node, 'public-ip')),
    publicIp6: ipOf(note(node, 'public-ipv6-overwrite') ?? note(node, 'public-ipv6')),
    nodePublicIp: ipOf(note(node, 'node-public-ip')),
    data: data === undefined ? {} : backendData(data),
    data6: data6 === undefined ? {} : backendData(data6),
  };
};

/** The backend that the nodes' annotations show, where the input names none. */
export const annotatedBackend = (
  cluster: Cluster,
): { readonly backend: Backend; readonly assumption: Assumption } | undefined => {
  const node = cluster.nodes.find((one) => note(one, 'backend-type') !== undefined);
  if (!node) return undefined;
  const type = note(node, 'backend-type') || 'udp';
  const { vni, port } = annotated(node).data;
  const options = { type, ...(vni !== undefined && { vni }), ...(port !== undefined && { listenPort: port }) };
  const backend = readBackend(
    options,
    () => {},
    () => {},
  );
  const evidence = `node ${node.name}: ${ANNOTATIONS}/backend-type: ${JSON.stringify(note(node, 'backend-type'))}`;
  const text = `flannel's backend is ${type}, as its annotations on the nodes show`;
  return backend && { backend, assumption: { code: 'FLANNEL_BACKEND', text, change: 'plugin.backend', evidence } };
};
