import { createHash } from 'node:crypto';
import { type Pod, podKey } from '../../model/cluster.ts';
import { VETH_PREFIX } from './defaults.ts';

type Named = Pick<Pod, 'namespace' | 'name'>;
const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

/**
 * The node's end of a pod's veth in transparent mode: `azv` and the first 11 digits of SHA-1 of `namespace.name`
 * (ACN:cni/network/network_linux.go, getEndpointID; ACN:network/endpoint_linux.go).
 */
export const azvName = ({ namespace, name }: Named): string =>
  `${VETH_PREFIX}${sha1(`${namespace}.${name}`).slice(0, 11)}`;

/** In other modes the hash is of the network, the container and the interface: the container's id stands in for a real one. */
export const azvBridgeName = (pod: Named): string =>
  `${VETH_PREFIX}${sha1(`azure${sha1(`sandbox ${podKey(pod)}`)}eth0`).slice(0, 11)}`;

/** Cilium's end of a pod's veth: `lxc` and 12 digits, which it draws from the endpoint's id. */
export const lxcName = (pod: Named): string => `lxc${sha1(`endpoint ${podKey(pod)}`).slice(0, 12)}`;
