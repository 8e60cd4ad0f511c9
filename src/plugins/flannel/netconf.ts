import type { Problem } from '../../model/place.ts';
import type { Prefix } from '../../net/prefix.ts';
import { type Backend, readBackend } from './backend.ts';
import { goObject } from './gojson.ts';
import { type SubnetRange, subnetRange } from './ranges.ts';

/**
 * flannel's network configuration: net-conf.json of the kube subnet manager, `<prefix>/config` of the etcd one
 * (flannel-io/flannel:pkg/subnet/config.go).
 */
export type NetConf = {
  readonly network?: Prefix;
  readonly ipv6Network?: Prefix;
  readonly enableNFTables: boolean;
  readonly backend: Backend;
  /** What the etcd manager hands out; absent with the kube manager, which takes each node's podCIDR. */
  readonly subnets?: SubnetRange;
  readonly ipv6Subnets?: SubnetRange;
};

export type NetConfRead = { readonly config?: NetConf; readonly problems: readonly Problem[] };

/** Backends that carry IPv6 (flannel's Documentation/configuration.md). */
const DUAL_STACK: readonly string[] = ['vxlan', 'wireguard', 'host-gw'];

/** Reads the JSON text as flanneld does; `where` (an etcd key, a file) names it in problems. With an error there is no config: flanneld would not start. */
export const parseNetConf = (text: string, manager: 'etcd' | 'kube', where: string): NetConfRead => {
  const problems: Problem[] = [];
  const error = (message: string, hint?: string) => {
    problems.push({
      severity: 'error',
      code: 'FLANNEL_CONFIG_INVALID',
      message: `${where}: ${message}`,
      ...(hint === undefined ? {} : { hint }),
    });
  };
  const warn = (code: string, message: string, hint: string) => {
    problems.push({ severity: 'warning', code, message: `${where}: ${message}`, hint });
  };
  const json = goObject(text, (_, message) => error(message));
  if (!json) return { problems };

  const enableIPv4 = json.bool('EnableIPv4', true);
  const enableIPv6 = json.bool('EnableIPv6', false);
  const enableNFTables = json.bool('EnableNFTables', false);
  const network = json.cidr('Network', 4);
  const ipv6Network = json.cidr('IPv6Network', 6);
  const asked4 = { len: json.uint('SubnetLen'), min: json.ip('SubnetMin', 4), max: json.ip('SubnetMax', 4) };
  const asked6 = {
    len: json.uint('IPv6SubnetLen'),
    min: json.ip('IPv6SubnetMin', 6),
    max: json.ip('IPv6SubnetMax', 6),
  };
  const backend = readBackend(json.raw('Backend'), error, (key) =>
    warn('FLANNEL_UNKNOWN_KEY', `Backend.${key} is no option of this backend; flanneld skips it`, 'check the spelling'),
  );
  for (const key of json.others()) {
    warn('FLANNEL_UNKNOWN_KEY', `${key} is no key of flannel's configuration; flanneld skips it`, 'check the spelling');
  }

  const failed = () => problems.some((p) => p.severity === 'error');
  // What could not be read is not judged as well.
  if (failed()) return { problems };
  if (enableIPv4 && !network) error('Network is missing', 'for example {"Network": "10.244.0.0/16"}');
  if (enableIPv6 && !ipv6Network) error('IPv6Network is missing, and EnableIPv6 is true');
  if (manager === 'etcd' && !enableIPv4) {
    error('EnableIPv4 is false', 'the etcd subnet manager always leases an IPv4 subnet; IPv6 alone needs the kube one');
  }
  if (enableIPv6 && backend && !DUAL_STACK.includes(backend.type)) {
    warn('FLANNEL_NO_IPV6', `backend ${backend.type} carries no IPv6`, `dual stack: ${DUAL_STACK.join(', ')}`);
  }
  // The size rules are those of CheckNetworkConfig, which only the etcd manager calls.
  const sized = manager === 'etcd';
  const subnets = sized && enableIPv4 && network ? subnetRange(network, asked4, error) : undefined;
  const ipv6Subnets = sized && enableIPv6 && ipv6Network ? subnetRange(ipv6Network, asked6, error) : undefined;
  if (!backend || failed()) return { problems };
  return {
    config: {
      ...(enableIPv4 && network ? { network } : {}),
      ...(enableIPv6 && ipv6Network ? { ipv6Network } : {}),
      enableNFTables,
      backend,
      ...(subnets ? { subnets } : {}),
      ...(ipv6Subnets ? { ipv6Subnets } : {}),
    },
    problems,
  };
};
