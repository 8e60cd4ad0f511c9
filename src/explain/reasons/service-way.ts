import type { WordsByCode } from './words.ts';

/** What becomes of a packet to a Service on its way. */
export const SERVICE_WAY: WordsByCode = {
  SERVICE_NO_ENDPOINTS: {
    summary: 'the Service has no endpoint to send the packet to',
    paragraphs: [
      'kube-proxy knows the address and the port, and no pod stands behind them. It refuses the packet with ICMP "port unreachable", and the client sees "connection refused" at once.',
      'The endpoints of a Service are the pods that its selector matches and that are ready, at the port that targetPort leads to.',
    ],
    causes: [
      'the selector matches no pod',
      'the pods are there, and none of them is ready',
      'targetPort is a name that no port of the pods has',
      'the Service has no selector, and nobody wrote an EndpointSlice for it',
    ],
    hint: 'look at `kubectl get endpointslices -l kubernetes.io/service-name=NAME`',
  },
  SERVICE_NO_LOCAL_ENDPOINTS: {
    summary: 'the traffic policy is Local, and the node has no endpoint',
    paragraphs: [
      'With internalTrafficPolicy or externalTrafficPolicy Local a node sends to its own endpoints only. Without one it drops the packet when others have some: the client runs into a timeout.',
    ],
    causes: [
      'a load balancer without health checks sends to every node',
      'the pods run on some of the nodes, as those of a Deployment do',
    ],
    hint: 'send to nodes with an endpoint, run one on every node, or set the policy to Cluster',
  },
  SERVICE_WRONG_PORT: {
    summary: 'the Service has no such port',
    paragraphs: [
      'A ClusterIP is asked at the port of the Service, a node at its nodePort, and only pods at the targetPort. A headless Service translates no port: its pods are asked at their own.',
      'In iptables mode packets to other ports of a ClusterIP are left alone and take the default route; in ipvs and nftables mode they are refused.',
    ],
    hint: 'ask for the port that `kubectl get service` shows first',
  },
  SERVICE_SOURCE_RANGES: {
    summary: 'the load balancer does not admit the client',
    paragraphs: [
      'loadBalancerSourceRanges says which sources may use the addresses of the load balancer. kube-proxy drops others, pods and nodes of the cluster among them; nodePorts and ClusterIPs are not filtered.',
    ],
    hint: "add the client's range",
  },
  SERVICE_LB_OUTSIDE: {
    summary: 'kube-proxy leaves the address to the load balancer',
    paragraphs: [
      'kube-proxy serves the addresses in status.loadBalancer.ingress whose ipMode is VIP or absent. With ipMode Proxy, or a host name, packets go out to the load balancer even from inside the cluster, and come back from it.',
    ],
    hint: 'inside the cluster, ask for the ClusterIP',
  },
  SERVICE_LOCAL_FROM_POD: {
    summary: "a pod asks another node's nodePort, and the answer may come from elsewhere",
    paragraphs: [
      'With externalTrafficPolicy Local a node sends what comes from pods to any endpoint, without changing the source. When a pod of another node asks, an endpoint on a third answers it directly, and the client does not know that address (kubernetes issue 74383).',
    ],
    hint: 'ask for the ClusterIP, or run kube-proxy with detectLocalMode: NodeCIDR',
  },
  SERVICE_BRIDGE_NF: {
    summary: 'answers over the bridge are not translated back',
    paragraphs: [
      'Where client and endpoint hang on one bridge, the endpoint answers over the bridge, and netfilter sees that only with net.bridge.bridge-nf-call-iptables=1. The client then gets an answer from an address that it did not ask.',
    ],
    hint: 'load br_netfilter and set the sysctl to 1',
  },
  SERVICE_FORWARD_DROP: {
    summary: 'the node forwards nothing that is not accepted, and kube-proxy does not accept this',
    paragraphs: [
      'Docker sets the policy of FORWARD to DROP. In iptables mode kube-proxy accepts what it masquerades; packets with externalTrafficPolicy Local are not masqueraded, and in nftables mode it accepts nothing.',
    ],
    hint: 'set the policy to ACCEPT, or let the network plugin accept traffic to pods',
  },
  SERVICE_PING: {
    summary: 'a ClusterIP answers no ping',
    paragraphs: [
      "kube-proxy translates a Service's own protocols and ports. In iptables mode a ping leaves the node with the ClusterIP as its destination, in nftables mode it is refused; in ipvs mode too, since Kubernetes 1.27; before that the client's own node answered, whether there were endpoints or not.",
    ],
    hint: 'ask with TCP or UDP at the port of the Service',
  },
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
  SERVICE_NOT_TRANSLATED: {
    summary: 'the packet leaves the cluster with the address of the Service, and nobody out there has it',
    paragraphs: [
      'The address of a Service exists in the rules of kube-proxy only: no machine has it. What no rule translates takes the default route, and gets lost outside. The client runs into a timeout, or a router tells it that the host is unreachable.',
    ],
    causes: [
      'the port or the protocol is none of the Service (iptables mode leaves such packets alone)',
      'no kube-proxy runs on the node',
      'a ping: kube-proxy translates TCP, UDP and SCTP',
    ],
    hint: 'ask for a port that `kubectl get service` shows; `iptables -t nat -S KUBE-SERVICES` shows what the node translates',
  },
  SERVICE_ADDRESS_UNUSED: {
    summary: 'the address is in the range of Services, and no Service has it',
    paragraphs: [
      'In nftables mode kube-proxy knows the ranges of ClusterIPs, and drops what goes to an address in them that it has not seen. The client runs into a timeout. In the other modes such packets take the default route.',
    ],
    causes: ['the Service was deleted, and the client remembers its address', 'a mistyped digit'],
    hint: 'compare with `kubectl get services -A`',
  },
  LOAD_BALANCER_NO_RULE: {
    summary: 'the load balancer does not take this port or protocol',
    paragraphs: [
      'The load balancer in front of the nodes has one rule for each port of the Service, and drops the rest: the client runs into a timeout.',
    ],
    causes: ['the targetPort or the nodePort was asked for', 'the port is for another protocol'],
    hint: 'ask for a port of the Service',
  },
  LOAD_BALANCER_NO_MEMBER: {
    summary: 'no node passes the health check of the load balancer',
    paragraphs: [
      'A load balancer sends to nodes that answer its health check. With externalTrafficPolicy Cluster that is every node; with Local, the nodes with a ready endpoint of the Service. Without any it drops the packet.',
    ],
    causes: [
      'externalTrafficPolicy is Local, and no pod of the Service is ready',
      'all nodes have the label node.kubernetes.io/exclude-from-external-load-balancers, as kubeadm gives it to control planes',
    ],
    hint: 'look at the pods of the Service and at the labels of the nodes',
  },
  UNSUPPORTED_LOAD_BALANCER: {
    summary: 'how this load balancer passes the connection on is not modelled',
    paragraphs: [
      'ipMode Proxy says that the load balancer ends the connection and opens one of its own to a node. In a cloud network its source address, and the way to the node, are not known.',
    ],
    hint: "trace from internet to node/NAME:NODEPORT, which is the load balancer's own connection",
  },
};
