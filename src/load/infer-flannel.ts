import { parsePrefix } from '../net/prefix.ts';
import { flagValue } from './component.ts';
import { type Evidence, findComponent, labelOf } from './infer-evidence.ts';
import { type Mapping, mappingOf, textOf } from './read.ts';

/** A setting that was concluded, and from what. */
export type Finding = { readonly setting: string; readonly value: unknown; readonly evidence: string };

const PREFIX = 'flannel.alpha.coreos.com/';

/** Options of a Backend in net-conf.json, as the cluster file spells them. Keys and secrets that no packet sees are left out. */
const OPTIONS = [
  'vni',
  'port',
  'mtu',
  'directRouting',
  'learning',
  'gbp',
  'listenPort',
  'listenPortV6',
  'persistentKeepaliveInterval',
  'mode',
  'udpEncap',
  'espProposal',
] as const;

/** flannel's settings as a dump shows them: net-conf.json, else what flanneld wrote on its nodes; its arguments; else the usual. */
export const inferFlannel = (evidence: Evidence): readonly Finding[] => {
  const netConf = readNetConf(evidence);
  return [
    {
      setting: 'subnetManager',
      value: 'kube',
      evidence: `annotations ${PREFIX}… on nodes are the kube subnet manager's`,
    },
    ...(netConf ?? fromAnnotations(evidence)),
    inferIpMasq(evidence),
  ];
};

const readNetConf = (evidence: Evidence): readonly Finding[] | undefined => {
  const found = evidence.configMap('kube-flannel-cfg');
  const text = textOf(found?.data['net-conf.json']);
  if (!found || text === undefined) return undefined;
  const conf = parseJson(text);
  if (!conf) return undefined;
  const label = `net-conf.json of ${found.label}`;
  const raw = get(conf, 'backend');
  // flanneld takes udp where there is no Backend at all.
  const backend = raw === undefined ? { type: 'udp' } : backendOf(mappingOf(raw));
  const networks = [
    ...(get(conf, 'enableIPv4') === false ? [] : [get(conf, 'network')]),
    ...(get(conf, 'enableIPv6') === true ? [get(conf, 'ipv6Network')] : []),
  ].filter((value) => typeof value === 'string' && parsePrefix(value) !== undefined);
  return [
    { setting: 'backend', value: backend, evidence: label },
    ...(networks.length > 0
      ? [{ setting: 'network', value: networks.length === 1 ? networks[0] : networks, evidence: label }]
      : []),
    ...(get(conf, 'enableNFTables') === true ? [{ setting: 'nftables', value: true, evidence: label }] : []),
  ];
};

const backendOf = (raw: Mapping): Mapping => ({
  type: (textOf(get(raw, 'type')) ?? '').toLowerCase(),
  ...Object.fromEntries(
    OPTIONS.flatMap((key) => {
      const value = get(raw, key);
      return value === undefined ? [] : [[key, value] as const];
    }),
  ),
});

/** What flanneld published on its nodes: the type, and with vxlan the VNI. */
const fromAnnotations = ({ nodes }: Evidence): readonly Finding[] => {
  const node = nodes.find(({ annotations }) => annotations[`${PREFIX}backend-type`] !== undefined);
  if (!node) return [];
  // udp and alloc publish an empty type.
  const type = node.annotations[`${PREFIX}backend-type`] || 'udp';
  const data = parseJson(node.annotations[`${PREFIX}backend-data`] ?? '');
  const { VNI: vni, Port: port } = data ?? {};
  return [
    {
      setting: 'backend',
      value: {
        type,
        ...(type === 'vxlan' && typeof vni === 'number' ? { vni } : {}),
        ...(type === 'wireguard' && typeof port === 'number' ? { listenPort: port } : {}),
      },
      evidence: `annotations ${PREFIX}backend-type and backend-data of node ${node.name} in ${node.place.file}`,
    },
  ];
};

const inferIpMasq = (evidence: Evidence): Finding => {
  const daemon = findComponent(evidence, /^kube-flannel/);
  if (daemon) {
    const flag = flagValue(daemon, '--ip-masq') ?? daemon.env['FLANNELD_IP_MASQ'];
    return {
      setting: 'ipMasq',
      value: flag !== undefined && flag !== 'false',
      evidence: `${flag === undefined ? 'no --ip-masq' : '--ip-masq'} in ${labelOf(daemon)}`,
    };
  }
  const k3s = evidence.nodes.find(isK3s);
  return {
    setting: 'ipMasq',
    value: true,
    evidence: k3s
      ? 'k3s runs flannel inside itself, with ip-masq'
      : "flannel's manifest passes --ip-masq; its DaemonSet is not in the input",
  };
};

/** k3s and rke2 mark their nodes, and k3s embeds flannel: no DaemonSet, no ConfigMap. */
export const isK3s = ({ annotations, providerID }: Evidence['nodes'][number]): boolean =>
  providerID?.startsWith('k3s://') === true || annotations['k3s.io/node-args'] !== undefined;

const parseJson = (text: string): Mapping | undefined => {
  try {
    return mappingOf(JSON.parse(text));
  } catch {
    return undefined;
  }
};

/** flanneld decodes JSON as Go does: the case of keys does not matter. */
const get = (mapping: Mapping, key: string): unknown => {
  const found = Object.keys(mapping).find((name) => name.toLowerCase() === key.toLowerCase());
  return found === undefined ? undefined : mapping[found];
};
