import { type GoObject, goObjectOf } from './gojson.ts';

/** The `Backend` of flannel's configuration with its defaults filled in. Keys and secrets that no packet sees are not kept. */
export type Backend =
  | { readonly type: 'udp'; readonly port: number }
  | {
      readonly type: 'vxlan';
      readonly vni: number;
      /** UDP port; 0 leaves it to the kernel, whose default is 8472. */
      readonly port: number;
      /** MTU of the outer interface, not of the device; absent: that interface's own. */
      readonly mtu?: number;
      readonly gbp: boolean;
      readonly learning: boolean;
      readonly directRouting: boolean;
    }
  | { readonly type: 'host-gw' }
  | {
      readonly type: 'wireguard';
      readonly listenPort: number;
      readonly listenPortV6: number;
      readonly mtu?: number;
      readonly persistentKeepaliveInterval: number;
      readonly mode: 'separate' | 'auto' | 'ipv4' | 'ipv6';
    }
  | { readonly type: 'ipip'; readonly directRouting: boolean }
  | { readonly type: 'ipsec'; readonly udpEncap: boolean; readonly espProposal: string }
  | {
      readonly type: 'extension';
      readonly preStartupCommand: string;
      readonly postStartupCommand: string;
      readonly subnetAddCommand: string;
      readonly subnetRemoveCommand: string;
    }
  | { readonly type: 'tencent-vpc' }
  | { readonly type: 'alloc' };

type ErrorSink = (message: string, hint?: string) => void;
type Reader = (o: GoObject, error: ErrorSink) => Backend | undefined;

/** PSK of the ipsec backend: shorter ones are refused (flannel-io/flannel:pkg/backend/ipsec/ipsec.go). */
const MIN_PSK = 96;
/** The kernel's VXLAN identifiers have 24 bits. */
const MAX_VNI = 0xffffff;

/** Defaults: pkg/backend/<type> of flannel-io/flannel, v0.28. */
const readers: Readonly<Record<Backend['type'], Reader>> = {
  udp: (o) => ({ type: 'udp', port: o.int('Port', 8285) }),
  vxlan: (o, error) => {
    const vni = o.int('VNI', 1);
    if (vni < 0 || vni > MAX_VNI) error(`Backend.VNI ${vni} is not between 0 and ${MAX_VNI}`);
    return {
      type: 'vxlan',
      vni,
      port: o.int('Port', 0),
      ...optionalMtu(o),
      gbp: o.bool('GBP', false),
      learning: o.bool('Learning', false),
      directRouting: o.bool('DirectRouting', false),
    };
  },
  'host-gw': () => ({ type: 'host-gw' }),
  wireguard: (o, error) => {
    // Asked for before the mode is judged, so that no option counts as unknown.
    o.raw('PSK');
    const options = {
      listenPort: o.int('ListenPort', 51820),
      listenPortV6: o.int('ListenPortV6', 51821),
      ...optionalMtu(o),
      persistentKeepaliveInterval: o.int('PersistentKeepaliveInterval', 0),
    };
    const mode = o.string('Mode', 'separate');
    if (mode === 'separate' || mode === 'auto' || mode === 'ipv4' || mode === 'ipv6') {
      return { type: 'wireguard', ...options, mode };
    }
    error(`Backend.Mode ${JSON.stringify(mode)} is unknown`, 'separate, auto, ipv4 or ipv6, in lower case');
    return undefined;
  },
  ipip: (o) => ({ type: 'ipip', directRouting: o.bool('DirectRouting', false) }),
  ipsec: (o, error) => {
    if (o.string('PSK', '').length < MIN_PSK) error(`Backend.PSK is shorter than ${MIN_PSK} characters`);
    return {
      type: 'ipsec',
      udpEncap: o.bool('UDPEncap', false),
      espProposal: o.string('ESPProposal', 'aes128gcm16-sha256-prfsha256-ecp256'),
    };
  },
  extension: (o) => ({
    type: 'extension',
    preStartupCommand: o.string('PreStartupCommand', ''),
    postStartupCommand: o.string('PostStartupCommand', ''),
    subnetAddCommand: o.string('SubnetAddCommand', ''),
    subnetRemoveCommand: o.string('SubnetRemoveCommand', ''),
  }),
  'tencent-vpc': (o) => {
    o.raw('AccessKeyID');
    o.raw('AccessKeySecret');
    return { type: 'tencent-vpc' };
  },
  alloc: () => ({ type: 'alloc' }),
};

const optionalMtu = (o: GoObject): { readonly mtu?: number } => {
  const mtu = o.int('MTU', 0);
  return mtu > 0 ? { mtu } : {};
};

const backendTypes = Object.keys(readers).sort();

/** Backends that flannel had until v0.20. */
const REMOVED: readonly string[] = ['aws-vpc', 'gce', 'ali-vpc'];

/** Absent: udp, whatever the documentation says; present without a Type: flanneld exits (pkg/subnet/config.go, pkg/backend/manager.go). */
export const readBackend = (raw: unknown, error: ErrorSink, unknownKey: (key: string) => void): Backend | undefined => {
  const o = goObjectOf(raw ?? {}, (_, message) =>
    error(message.startsWith('is ') ? `Backend ${message}` : `Backend.${message}`),
  );
  if (!o) return undefined;
  const written = o.string('Type', '');
  const type = raw === undefined ? 'udp' : written.toLowerCase();
  if (!isBackendType(type)) {
    const what = written === '' ? 'Backend has no Type' : `Backend.Type ${JSON.stringify(written)} is unknown`;
    const hint = REMOVED.includes(type) ? 'flannel v0.20 removed it' : `one of ${backendTypes.join(', ')}`;
    error(what, hint);
    return undefined;
  }
  const backend = readers[type](o, error);
  for (const key of o.others()) unknownKey(key);
  return backend;
};

const isBackendType = (type: string): type is Backend['type'] => Object.hasOwn(readers, type);
