import { createHash } from 'node:crypto';
import type { Pod } from '../model/cluster.ts';
import { podKey } from '../model/cluster.ts';
import type { Mac } from '../net/mac.ts';

const hash = (algorithm: 'sha256' | 'sha512', text: string): string => createHash(algorithm).update(text).digest('hex');

/**
 * A MAC for a device whose real one nobody stated: unicast, locally administered (as the kernel's eth_random_addr() makes them),
 * and the same for the same text every time.
 */
export const stableMac = (text: string): Mac => {
  const hex = hash('sha256', text);
  const first = (Number.parseInt(hex.slice(0, 2), 16) & 0xfc) | 0x02;
  return [first.toString(16).padStart(2, '0'), ...(hex.slice(2, 12).match(/../g) ?? [])].join(':');
};

/** The node's end of a pod's veth: `veth` and 8 hex digits, which the CNI plugins draw at random (pkg/ip/link_linux.go). */
export const vethName = (pod: Pick<Pod, 'namespace' | 'name'>): string =>
  `veth${hash('sha256', podKey(pod)).slice(0, 8)}`;

/** Stands for the id of the pod's sandbox, which the input does not have. */
export const containerId = (pod: Pick<Pod, 'namespace' | 'name'>): string => hash('sha256', `sandbox ${podKey(pod)}`);

/** `CNI-` and 24 hex digits of sha512(network + container), 28 characters in all (containernetworking/plugins:pkg/utils/utils.go). */
export const cniChain = (network: string, container: string, prefix = ''): string =>
  `CNI-${prefix}${hash('sha512', `${network}${container}`)}`.slice(0, 28);

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The first 16 characters of base32(sha256(text)): how kubelet names its chains (pkg/kubelet/dockershim/network/hostport). */
export const kubeHash = (text: string): string => {
  const bits = [...createHash('sha256').update(text).digest().subarray(0, 10)]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => BASE32[Number.parseInt(five, 2)]).join('');
};
