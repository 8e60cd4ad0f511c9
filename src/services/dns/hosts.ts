import type { Pod } from '../../model/cluster.ts';
import { type Ip, parseIp } from '../../net/ip.ts';

/** What Linux takes as the length of a host name. */
const MAX_HOSTNAME = 63;

const LOOPBACK: readonly Ip[] = ['127.0.0.1', '::1'].flatMap((text) => parseIp(text) ?? []);

/** The host name of a pod (kubernetes pkg/kubelet/kubelet_pods.go GeneratePodHostNameAndDomain). */
const hostnameOf = ({ name, hostname }: Pod): string => {
  const whole = hostname || name;
  return whole.length <= MAX_HOSTNAME ? whole : whole.slice(0, MAX_HOSTNAME).replace(/[-.]+$/, '');
};

/**
 * The addresses that /etc/hosts gives a name, which is read before any server is asked. kubelet writes that file for a pod with its own
 * host name (kubelet_pods.go managedHostsFileContent); on the host network, and for a node, it is the node's, of which only localhost is known.
 * `hostAliases` are not known.
 */
export const hostsAddresses = (pod: Pod | undefined, domain: string, name: string): readonly Ip[] => {
  const asked = name.toLowerCase();
  if (asked === 'localhost') return LOOPBACK;
  if (!pod || pod.hostNetwork) return [];
  const hostname = hostnameOf(pod).toLowerCase();
  const own = pod.subdomain ? [hostname, `${hostname}.${pod.subdomain}.${pod.namespace}.svc.${domain}`] : [hostname];
  return own.includes(asked) ? pod.ips : [];
};
