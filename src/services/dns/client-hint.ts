import type { Pod } from '../../model/cluster.ts';
import { formatIp } from '../../net/ip.ts';
import { dnsTypeOf } from './resolver.ts';
import type { NameService } from './setup.ts';

/** Where kubelet and CoreDNS are set up for different clusters; undefined where they agree. */
export const setupHint = (
  { zone, kubelet, isCluster }: NameService,
  pod: Pod | undefined,
  nameserver: string | undefined,
): string | undefined => {
  if (!pod || nameserver === undefined || dnsTypeOf(pod.dnsPolicy, pod.hostNetwork) !== 'cluster') return undefined;
  const [address] = zone.dnsService?.clusterIPs ?? [];
  if (!isCluster(nameserver) && address !== undefined)
    return `pods ask ${nameserver}, and the cluster DNS is ${formatIp(address)}`;
  return kubelet.clusterDomain === zone.domain
    ? undefined
    : `pods search below ${kubelet.clusterDomain}, and CoreDNS answers for ${zone.domain}`;
};

/** What a client that does not ask the cluster DNS has to change. */
export const clientHint = (pod: Pod | undefined, nameserver: string | undefined): string => {
  if (!pod) return 'only pods ask the cluster DNS; name the Service as svc/NAME, or its address';
  const { name, hostNetwork, dnsPolicy = 'ClusterFirst' } = pod;
  if (nameserver === undefined) return `pod ${name} has no nameserver; give it dnsConfig.nameservers`;
  if (dnsPolicy === 'None')
    return `pod ${name} asks ${nameserver} and not the cluster DNS; set dnsPolicy: ClusterFirst, or its dnsConfig.nameservers`;
  return hostNetwork && dnsPolicy === 'ClusterFirst'
    ? `pod ${name} is on the host network, where dnsPolicy ClusterFirst means the node's nameservers; set dnsPolicy: ClusterFirstWithHostNet`
    : `pod ${name} has dnsPolicy ${dnsPolicy}, which means the node's nameservers; set dnsPolicy: ClusterFirst`;
};
