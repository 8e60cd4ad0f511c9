import type { WordsByCode } from './words.ts';

/** What ip_vs can say. */
export const IPVS: WordsByCode = {
  IPVS_NO_DESTINATION: {
    dropReasons: ['NETFILTER_DROP'],
    summary: 'the virtual server has no real server to send the connection to',
    paragraphs: [
      'ip_vs takes every packet to the address and port of a virtual server. Without a real server of weight above zero it answers with ICMP port unreachable, for TCP too, and the client sees "connection refused" at once.',
      'kube-proxy in ipvs mode makes a virtual server of every Service port, and a real server of every endpoint that this node uses.',
    ],
    causes: [
      'the selector of the Service matches no pod, or none of the pods is ready',
      'internalTrafficPolicy: Local, and no endpoint of the Service is on this node',
      'the named targetPort is not among the ports of the pods',
    ],
    hint: 'compare `ipvsadm -Ln` on the node with `kubectl get endpointslices -l kubernetes.io/service-name=NAME`',
  },
};
