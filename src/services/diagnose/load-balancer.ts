import { placeInService } from '../../model/service-place.ts';
import { familyOf, formatIp } from '../../net/ip.ts';
import { contains, formatPrefix } from '../../net/prefix.ts';
import type { Cause, Check, Facts } from './question.ts';
import { listed } from './words.ts';

const address = ({ service, who }: Facts): readonly Cause[] => {
  if (service.type !== 'LoadBalancer') return [];
  const { ingress } = service;
  const place = placeInService(service, ['spec', 'type']);
  if (ingress.length === 0) {
    return [
      {
        code: 'SERVICE_LB_PENDING',
        text: `${who} is of type LoadBalancer and has no address yet: status.loadBalancer.ingress is empty`,
        hint: 'a cloud controller or one such as MetalLB gives it; the events of the Service tell why not',
        place,
        certain: true,
      },
    ];
  }
  if (ingress.some(({ ip, ipMode }) => ip !== undefined && ipMode !== 'Proxy')) return [];
  const proxied = ingress.flatMap(({ ip }) => (ip === undefined ? [] : [formatIp(ip)]));
  const names = ingress.flatMap(({ hostname }) => (hostname === undefined ? [] : [hostname]));
  return [
    {
      code: 'SERVICE_LB_OUTSIDE',
      text:
        proxied.length > 0
          ? `kube-proxy leaves ${listed(proxied)} to the load balancer, for its ipMode is Proxy: packets from inside leave the node too`
          : `the load balancer of ${who} has a name only (${listed(names)}), and kube-proxy serves addresses`,
      hint: 'packets get to the load balancer and come back from it, mostly to a nodePort: ask for that, or for the ClusterIP',
      place,
      certain: false,
    },
  ];
};

const sourceRanges = ({ service, client, ports, who }: Facts): readonly Cause[] => {
  const [filtered] = ports.filter(({ sourceRanges }) => sourceRanges.length > 0);
  if (!filtered) return [];
  const ips = client.ips.filter((ip) => familyOf(ip) === filtered.family);
  if (ips.length === 0 || ips.some((ip) => filtered.sourceRanges.some((range) => contains(range, ip)))) return [];
  return [
    {
      code: 'SERVICE_SOURCE_RANGES',
      text: `loadBalancerSourceRanges of ${who} admit ${listed(filtered.sourceRanges.map(formatPrefix))}, and the client is ${listed(ips.map(formatIp))}`,
      hint: "add the client's range; the ranges count for the load balancer's addresses alone, not for nodePort and ClusterIP",
      place: placeInService(service, ['spec', 'loadBalancerSourceRanges']),
      certain: true,
    },
  ];
};

/** No address of the load balancer yet, one that kube-proxy does not serve, or one that does not admit the client. */
export const loadBalancerCauses: Check = (facts) =>
  facts.via === 'vip' ? [...address(facts), ...sourceRanges(facts)] : [];
