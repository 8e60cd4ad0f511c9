import type { WordsByCode } from './words.ts';

/** What is wrong with a Service, as far as manifests show it, by how often it is the cause. */
export const SERVICE_CAUSES: WordsByCode = {
  SERVICE_SELECTOR_MATCHES_NOTHING: {
    summary: 'the selector of the Service matches no pod',
    paragraphs: [
      'A Service sends to the pods of its own namespace that carry every label of its selector. Without any, kube-proxy refuses packets: the client sees "connection refused".',
    ],
    causes: [
      'a label is mistyped, in the Service or in the template of the pods',
      "the selector has the labels of the Deployment, which are not those of its pods' template",
      'the Service and the pods are in different namespaces',
    ],
    hint: 'compare `kubectl get pods --show-labels` with spec.selector',
  },
  SERVICE_PODS_NOT_READY: {
    summary: 'no pod of the Service is ready',
    paragraphs: [
      'Pods that are not ready, that finished or that have no address get no traffic. Those that end while they are still ready are used when no others are left.',
    ],
    causes: [
      'the readiness probe fails',
      'the container crashes, or an init container waits',
      'the pod is not scheduled',
    ],
    hint: 'look at `kubectl describe pod`; publishNotReadyAddresses: true sends traffic to pods that are not ready',
  },
  SERVICE_TARGET_PORT_NAME: {
    summary: 'the targetPort is a name that the pods do not give to any port',
    paragraphs: [
      'A named targetPort is looked up in each pod, among the ports of its containers with the same name and the same protocol. A pod without one gets no traffic for that port.',
    ],
    causes: [
      'the name is mistyped',
      'the port of the pod is for UDP, and that of the Service for TCP, or the other way',
    ],
    hint: 'name the containerPort, or give targetPort a number',
  },
  SERVICE_TARGET_PORT_UNDECLARED: {
    summary: 'the pods do not declare the port that the Service sends to',
    paragraphs: [
      'A containerPort need not be declared to be reached, so this may be right. More often the application listens on the port that is declared: then the pod answers with a reset.',
    ],
    hint: 'see on which port the application listens, and set targetPort to it',
  },
  SERVICE_NO_NODE_PORT: {
    summary: 'the Service has no nodePort',
    paragraphs: [
      'Nodes answer for Services of type NodePort, and for those of type LoadBalancer unless allocateLoadBalancerNodePorts is false.',
    ],
    hint: 'set type: NodePort',
  },
  SERVICE_NODE_PORT_ADDRESSES: {
    summary: 'kube-proxy does not take nodePorts at that address',
    paragraphs: [
      'nodePortAddresses says at which addresses of a node nodePorts answer. Without it that is every local address, in nftables mode the primary one.',
    ],
    hint: 'widen nodePortAddresses in the configuration of kube-proxy',
  },
  SERVICE_LB_PENDING: {
    summary: 'the load balancer has no address yet',
    paragraphs: [
      'A Service of type LoadBalancer gets its address from a controller: that of the cloud, MetalLB, or the like. Without such a controller it stays pending.',
    ],
    hint: 'look at the events of the Service; in a cluster file, state `ingress:`',
  },
  SERVICE_RANGES_OVERLAP: {
    summary: 'ranges of the cluster overlap',
    paragraphs: [
      'Some addresses of one range are then routed as those of the other, and never get to where they are meant for.',
    ],
    hint: 'give nodes, pods and Services ranges of their own, apart from all that is reached from the nodes',
  },
  SERVICE_CLUSTER_IP_OUTSIDE: {
    summary: 'the ClusterIP is outside of the range of Services',
    paragraphs: ['The API server refuses an address that its --service-cluster-ip-range does not hold.'],
    hint: 'correct the address, or state the range under subnets.services',
  },
  SERVICE_ADDRESS_CLASH: {
    summary: 'two Services have the same address and port',
    paragraphs: [
      'The API server gives a ClusterIP or a nodePort to one Service only. Of two, which one answers is a matter of order.',
    ],
    hint: 'change one of the two, or leave it out: it is then assigned',
  },
  SERVICE_NO_PROXY: {
    summary: 'no kube-proxy runs',
    paragraphs: [
      'Something must translate the addresses of Services: kube-proxy, or a plugin that replaces it, which is not modelled yet.',
    ],
    hint: 'state `proxy: iptables` if one runs',
  },
  SERVICE_OTHER_PROXY: {
    summary: 'the Service is left to another proxy',
    paragraphs: [
      'kube-proxy ignores Services with the label service.kubernetes.io/service-proxy-name, whatever its value.',
    ],
    hint: 'remove the label, or see that the other proxy runs',
  },
  SERVICE_AFFINITY: {
    summary: 'a client always gets the same endpoint',
    paragraphs: [
      'With sessionAffinity ClientIP each node remembers which endpoint it gave to a source address, for timeoutSeconds after the last connection.',
    ],
    hint: 'set sessionAffinity: None to spread connections',
  },
  SERVICE_EXTERNAL_NAME_ADDRESS: {
    summary: 'externalName is an address',
    paragraphs: [
      'DNS answers with an alias for that text as a name. Names like 10.0.0.5 do not exist, so the lookup fails.',
    ],
    hint: 'leave out type and selector, and write an EndpointSlice with the address',
  },
  SERVICE_NO_ENDPOINT_SLICES: {
    summary: 'the Service has no endpoints, and no pods to take them from',
    paragraphs: [
      'A Service without a selector has the endpoints that somebody writes: an EndpointSlice of its namespace with the label kubernetes.io/service-name.',
    ],
    causes: [
      'the EndpointSlice was forgotten',
      'its label is missing or names another Service',
      'the selector was forgotten',
    ],
    hint: 'add the label, or `endpoints:` in a cluster file',
  },
  SERVICE_SLICE_PORT: {
    summary: 'the EndpointSlices lack the port of the Service',
    paragraphs: [
      'kube-proxy joins a port of the Service with the ports of slices that have the same name and the same protocol; the number may differ.',
    ],
    hint: 'give both the same name; a Service with one nameless port needs a nameless one in the slice',
  },
  SERVICE_SLICE_HEADLESS: {
    summary: 'the EndpointSlices are marked as those of a headless Service',
    paragraphs: ['kube-proxy ignores slices with the label service.kubernetes.io/headless, whatever its value.'],
    hint: 'remove the label',
  },
  SERVICE_SLICE_ADDRESS_TYPE: {
    summary: 'the EndpointSlices are of another family than the ClusterIP',
    paragraphs: ['Each family has slices of its own, told by addressType; kube-proxy ignores those of type FQDN.'],
    hint: 'write a slice of the family of the ClusterIP',
  },
  SERVICE_FAMILY: {
    summary: 'client, Service and pods share no family of addresses',
    paragraphs: [
      'A Service has one family unless ipFamilyPolicy says otherwise. IPv4 packets cannot be translated to IPv6 ones or back.',
    ],
    hint: 'set ipFamilies and ipFamilyPolicy to what the cluster and the pods have',
  },
};
