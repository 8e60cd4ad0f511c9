import { createHash } from 'node:crypto';
import type { Pod } from '../../model/cluster.ts';
import type { Mac } from '../../net/mac.ts';

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

/** The node's end of a pod's veth: `cali` and 11 hex digits of sha1(namespace.name) (libcalico-go conversion/workload_endpoint_default.go). */
export const caliName = ({ namespace, name }: Pick<Pod, 'namespace' | 'name'>): string =>
  `cali${sha1(`${namespace}.${name}`).slice(0, 11)}`;

/** The MAC of a node's VXLAN device: 66 and five bytes of sha1(node) (felix/calc/vxlan_resolver.go). */
export const vtepMac = (node: string, family: 4 | 6): Mac =>
  [
    '66',
    ...(sha1(family === 4 ? node : `${node}-v6`)
      .slice(0, 10)
      .match(/../g) ?? []),
  ].join(':');

/** A chain whose name may be too long for iptables: cut, with a hash in its place (felix/rules EndpointChainName). */
export const chainName = (prefix: string, id: string): string => {
  const whole = `${prefix}${id}`;
  if (whole.length <= 28) return whole;
  const hash = createHash('sha256').update(id).digest('base64url');
  return `${prefix}_${hash}`.slice(0, 28);
};
