import { placeInService } from '../../model/service-place.ts';
import { LABEL_PROXY_NAME } from '../ports.ts';
import type { Check } from './question.ts';

/** Nobody is known to serve the Service: no kube-proxy, or one that leaves it to another. */
export const proxyCauses: Check = ({ cluster, service, proxy, who }) => {
  if (service.headless || service.type === 'ExternalName') return [];
  const other = service.labels[LABEL_PROXY_NAME];
  if (other !== undefined) {
    return [
      {
        code: 'SERVICE_OTHER_PROXY',
        text: `the label ${LABEL_PROXY_NAME}=${other} leaves ${who} to another proxy: kube-proxy does not serve it`,
        hint: 'remove the label, or see that the other proxy runs',
        place: placeInService(service, ['metadata', 'labels']),
        certain: false,
      },
    ];
  }
  if (proxy) return [];
  const place = cluster.proxy?.place;
  return [
    {
      code: 'SERVICE_NO_PROXY',
      text: `no kube-proxy runs, so nothing that is modelled translates the addresses of ${who}`,
      hint: 'where a plugin replaces it (Cilium, OVN), its own rules count; else state proxy: iptables, ipvs or nftables',
      ...(place && { place }),
      certain: false,
    },
  ];
};
