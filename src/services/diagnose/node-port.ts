import { placeInService } from '../../model/service-place.ts';
import { familyOf, formatIp } from '../../net/ip.ts';
import { contains, formatPrefix } from '../../net/prefix.ts';
import { type Cause, type Check, type Facts, isExternal } from './question.ts';
import { listed } from './words.ts';

const none = ({ service, who }: Facts): readonly Cause[] =>
  service.type === 'ExternalName' || service.ports.some(({ nodePort }) => nodePort !== undefined)
    ? []
    : [
        {
          code: 'SERVICE_NO_NODE_PORT',
          text: `${who} is of type ${service.type} and has no nodePort`,
          hint: 'set type: NodePort, or ask for its ClusterIP from inside the cluster',
          place: placeInService(service, ['spec', 'type']),
          certain: true,
        },
      ];

const unlistened = ({ cluster, proxy, targetNode, ports }: Facts): readonly Cause[] => {
  const addresses = proxy?.nodePortAddresses;
  const node = cluster.nodes.find(({ name }) => name === targetNode);
  if (!node || addresses === undefined || addresses === 'primary' || addresses.length === 0) return [];
  const families = ports.map(({ family }) => family);
  const ips = node.ips.filter((ip) => families.includes(familyOf(ip)));
  if (ips.length === 0 || ips.some((ip) => addresses.some((range) => contains(range, ip)))) return [];
  return [
    {
      code: 'SERVICE_NODE_PORT_ADDRESSES',
      text: `kube-proxy takes nodePorts at ${listed(addresses.map(formatPrefix))}, and ${node.name} is ${listed(ips.map(formatIp))}`,
      hint: 'widen nodePortAddresses, or ask for another address of the node',
      ...(cluster.proxy?.place && { place: cluster.proxy.place }),
      certain: true,
    },
  ];
};

/** Why kube-proxy does not let the packet through FORWARD, as it does what it masquerades; ipvs mode does not come by there. */
const notAccepted = ({ proxy, ports }: Facts): string | undefined => {
  if (proxy?.mode === 'nftables') return 'kube-proxy in nftables mode accepts nothing there';
  const local = proxy?.mode === 'iptables' && ports.some(({ externalLocal }) => externalLocal);
  return local ? 'with externalTrafficPolicy Local kube-proxy accepts only answers there' : undefined;
};

const forwardDrop = (facts: Facts): readonly Cause[] => {
  const { cluster, targetNode, client } = facts;
  const node = cluster.nodes.find(({ name }) => name === (targetNode ?? client.node));
  const why = notAccepted(facts);
  if (node?.forwardPolicy !== 'DROP' || why === undefined) return [];
  return [
    {
      code: 'SERVICE_FORWARD_DROP',
      text: `the policy of FORWARD on ${node.name} is DROP, and ${why}`,
      hint: 'Docker sets that policy: set it to ACCEPT, or see that the network plugin accepts traffic to pods',
      place: node.place,
      certain: false,
    },
  ];
};

/** A nodePort that is not there, or not at that address. */
export const nodePortCauses: Check = (facts) =>
  facts.via === 'nodePort' ? [...none(facts), ...unlistened(facts)] : [];

/** The node that packets from outside come to forwards nothing. */
export const forwardCauses: Check = (facts) => (isExternal(facts) ? forwardDrop(facts) : []);
