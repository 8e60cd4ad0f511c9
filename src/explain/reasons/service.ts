import type { WordsByCode } from './words.ts';

/** What can be wrong with Services in the input, and what was made up for them. */
export const SERVICE: WordsByCode = {
  BAD_NAME: {
    summary: 'a name has characters that Kubernetes does not take, or too many',
    paragraphs: [
      'Services, namespaces and ports are named by DNS labels: lower-case letters, digits and hyphens, at most 63 of them. The name of a container port, which targetPort may be, has at most 15 and a letter among them.',
    ],
    hint: 'correct the name; for a targetPort that is a number, leave out the quotes',
  },
  MISSING_PORT_NAME: {
    summary: 'a Service with several ports has one without a name',
    paragraphs: [
      'Endpoints belong to a port of a Service by its name. Only the port of a Service that has just one may do without.',
    ],
    hint: 'give each port a name',
  },
  DUPLICATE_PORT: {
    summary: 'a port stands twice in a Service',
    paragraphs: ['A Service may have the same port number once for each protocol.'],
    causes: ['one of the two is UDP, and its protocol was left out'],
    hint: 'remove one, or state its protocol',
  },
  NODE_PORT_OUT_OF_RANGE: {
    summary: 'a nodePort lies outside of the range of nodePorts',
    paragraphs: [
      'The API server gives out ports from 30000 to 32767, unless --service-node-port-range says otherwise, and refuses others.',
    ],
    causes: ['nodePort and port are mixed up'],
    hint: 'take a port of the range, or leave it out: one is assigned',
  },
  DUPLICATE_NODE_PORT: {
    summary: 'a nodePort is given twice',
    paragraphs: [
      'Every node has each port once. Two Services cannot share one, not even for two protocols; within one Service, TCP and UDP may.',
    ],
    hint: 'change one of the two, or leave it out: it is then assigned',
  },
  SERVICE_TYPE_MISMATCH: {
    summary: 'a Service has a key that its type does not go with',
    paragraphs: [
      'nodePort goes with types NodePort and LoadBalancer; loadBalancerSourceRanges, ingress and healthCheckNodePort with LoadBalancer; externalTrafficPolicy with Services that clients outside can reach; clusterIP with all but ExternalName. The API server refuses the rest.',
    ],
    causes: ['the type was left out: it is then ClusterIP'],
    hint: 'state the type, or remove the key',
  },
  ASSUMED_CLUSTER_IP: {
    summary: 'a Service was given a clusterIP',
    paragraphs: [
      'The input states none, so the next free address of subnets.services was taken, from above the part that the API server leaves to those who ask for an address. The API server itself draws one at random.',
    ],
    hint: 'state clusterIP where the address matters',
  },
  ASSUMED_NODE_PORT: {
    summary: 'a port of a Service was given a nodePort',
    paragraphs: [
      'The input states none, so the next free port from 30086 was taken. The API server itself draws one at random.',
    ],
    hint: 'state nodePort where the number matters',
  },
  ASSUMED_SUBNETS_SERVICES: {
    summary: 'the range of the services is assumed',
    paragraphs: [
      'Services need clusterIPs, and nothing in the input says from which range. The default of kubeadm was taken.',
    ],
    hint: 'state subnets.services',
  },
  ASSUMED_LOAD_BALANCER_IP: {
    summary: 'a load balancer is taken to have the address that was asked for',
    paragraphs: [
      'A manifest has no status yet, so that nobody knows the address of its load balancer. loadBalancerIP asks for one, and most clouds grant it. kube-proxy looks at the status alone.',
    ],
    hint: 'state ingress',
  },
  ASSUMED_READY: {
    summary: 'pods without a status are taken to run and to be ready',
    paragraphs: [
      'A manifest that was not sent to a cluster says nothing of how its pod is. Services send to pods that are ready.',
    ],
    hint: 'say ready: false, or phase, in a pod of the same name in the short form',
  },
  ASSUMED_ENDPOINTS: {
    summary: 'the endpoints of a Service are taken from the pods, though the input has EndpointSlices',
    paragraphs: [
      'The EndpointSlice controller makes slices for every Service with a selector. The input has some, and none of this Service: it may hold a part of the cluster only, or the controller did not run.',
    ],
    hint: 'add the output of `kubectl get endpointslices -A -o yaml`',
  },
  ASSUMED_TOPOLOGY_HINTS: {
    summary: 'how endpoints are shared out among zones is assumed',
    paragraphs: [
      'With the annotation service.kubernetes.io/topology-mode: Auto, zones get endpoints in proportion to the CPUs of their nodes. The input does not tell CPUs, so all nodes count alike; among equal zones the controller chooses at random.',
    ],
    hint: 'add the output of `kubectl get endpointslices -A -o yaml`',
  },
};
