import { parsePrefix } from '../net/prefix.ts';
import { flagValue } from './component.ts';
import { type Evidence, findComponent, labelOf } from './infer-evidence.ts';
import { type Mapping, mappingOf, textOf } from './read.ts';

/** A setting that was concluded, and from what. */
export type Finding = { readonly setting: string; readonly value: unknown; readonly evidence: string };

const PREFIX = 'flannel.alpha.coreos.com/';

/** Options of each Backend in net-conf.json, as the cluster file spells them. Keys and secrets that no packet sees are left out. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  udp: ['port'],
  vxlan: ['vni', 'port', 'mtu', 'directRouting', 'learning', 'gbp'],
  wireguard: ['listenPort', 'listenPortV6', 'mtu', 'mode', 'persistentKeepaliveInterval'],
  ipip: ['directRouting'],
  ipsec: ['udpEncap', 'espProposal'],
};

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
    ...fromDaemon(evidence),
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
  const network = (setting: string, key: string, enabled: unknown): readonly Finding[] => {
    const value = get(conf, key);
    return enabled && typeof value === 'string' && parsePrefix(value) ? [{ setting, value, evidence: label }] : [];
  };
  return [
    { setting: 'backend', value: backend, evidence: label },
    ...network('network', 'network', get(conf, 'enableIPv4') !== false),
    ...network('network6', 'ipv6Network', get(conf, 'enableIPv6') === true),
    ...(get(conf, 'enableNFTables') === true ? [{ setting: 'nftables', value: true, evidence: label }] : []),
  ];
};

const backendOf = (raw: Mapping): Mapping => {
  const type = (textOf(get(raw, 'type')) ?? '').toLowerCase();
  const options = (OPTIONS[type] ?? []).map((key) => [key, get(raw, key)] as const);
  return { type, ...Object.fromEntries(options.filter(([, value]) => value !== undefined)) };
};

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

/** How flanneld was started: by its DaemonSet, or inside k3s. */
const fromDaemon = (evidence: Evidence): readonly Finding[] => {
  const daemon = findComponent(evidence, /^(kube-flannel|canal$)/);
  if (!daemon) {
    const why = evidence.nodes.some(isK3s)
      ? 'k3s runs flannel inside itself, with ip-masq'
      : "flannel's manifest passes --ip-masq; its DaemonSet is not in the input";
    return [{ setting: 'ipMasq', value: true, evidence: why }];
  }
  const flag = (name: string) =>
    flagValue(daemon, `--${name}`) ?? daemon.env[`FLANNELD_${name.toUpperCase().replaceAll('-', '_')}`];
  const found = (setting: string, value: unknown, name: string): Finding => ({
    setting,
    value,
    evidence: `${flag(name) === undefined ? 'no ' : ''}--${name} in ${labelOf(daemon)}`,
  });
  const image = daemon.images.find((one) => /(^|\/)flannel:/.test(one));
  const version = /:v?(\d+\.\d+(?:\.\d+)?)/.exec(image ?? '')?.[1];
  const isOn = (name: string) => flag(name) !== undefined && flag(name) !== 'false';
  return [
    found('ipMasq', isOn('ip-masq'), 'ip-masq'),
    ...(isOn('ip-masq-fully-random-disable') ? [found('randomFully', false, 'ip-masq-fully-random-disable')] : []),
    ...(flag('iptables-forward-rules') === 'false'
      ? [found('iptablesForwardRules', false, 'iptables-forward-rules')]
      : []),
    ...(flag('iface') === undefined ? [] : [found('iface', flag('iface'), 'iface')]),
    ...(version === undefined
      ? []
      : [{ setting: 'version', value: version, evidence: `image ${image} of ${labelOf(daemon)}` }]),
  ];
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
