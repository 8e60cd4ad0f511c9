import { placeInService } from '../../model/service-place.ts';
import { parseIp } from '../../net/ip.ts';
import type { Check } from './question.ts';
import { and } from './words.ts';

/**
 * kube-proxy translates the Service's own protocols. In ipvs mode the node has the address, and since 1.27 a rule refuses what is for none of its
 * ports (kubernetes pkg/proxy/ipvs/proxier.go KUBE-IPVS-FILTER; kubernetes/website issue 41002).
 */
export const pingCauses: Check = ({ service, protocol, proxy, via, who }) => {
  if (protocol !== 'icmp' || via === 'nodePort' || !proxy) return [];
  if (service.headless || service.type === 'ExternalName') return [];
  const served = and([...new Set(service.ports.map((port) => port.protocol))]);
  return [
    {
      code: 'SERVICE_PING',
      text: `a ping to ${who} finds no pod: kube-proxy in ${proxy.mode} mode translates ${served} for it, and no ICMP`,
      hint: 'ask with the protocol and port of the Service',
      place: service.place,
      certain: true,
    },
  ];
};

/** One client always gets the same endpoint. */
export const affinityCauses: Check = ({ service, who }) =>
  service.affinitySeconds === undefined
    ? []
    : [
        {
          code: 'SERVICE_AFFINITY',
          text: `sessionAffinity of ${who} is ClientIP: a client keeps the endpoint it got, for ${service.affinitySeconds} seconds after its last connection`,
          hint: 'clients behind one masqueraded address share an endpoint',
          place: placeInService(service, ['spec', 'sessionAffinity']),
          certain: false,
        },
      ];

/** ExternalName is a name for DNS, even where it looks like an address. */
export const externalNameCauses: Check = ({ service, who }) => {
  const { type, externalName = '' } = service;
  if (type !== 'ExternalName' || parseIp(externalName.replace(/\.$/, '')) === undefined) return [];
  return [
    {
      code: 'SERVICE_EXTERNAL_NAME_ADDRESS',
      text: `externalName of ${who} is "${externalName}": DNS answers with an alias to that as a name, and there is no such name`,
      hint: 'leave out type and selector, and write an EndpointSlice with the address',
      place: placeInService(service, ['spec', 'externalName']),
      certain: true,
    },
  ];
};
