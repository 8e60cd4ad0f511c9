import type { WordsByCode } from './words.ts';

/** What can be wrong with a question, and what is left out of an answer. */
export const QUESTION: WordsByCode = {
  UNKNOWN_POD: {
    summary: 'there is no such pod',
    paragraphs: [
      'The name is that of no pod in the namespace that was asked for. A pod of another namespace is written namespace/pod, or asked for with -n.',
    ],
    hint: 'look at the names that the message suggests',
  },
  UNKNOWN_HOST: {
    summary: 'there is no machine of that name',
    paragraphs: ['Machines that are no nodes, such as virtual machines, have names where fabric.hosts gives them one.'],
    hint: 'add it under fabric.hosts, or ask by its address',
  },
  HOST_NOT_PLACED: {
    summary: 'the machine is in no network that the input describes',
    paragraphs: ['Its address lies in no subnet of the nodes and not in the virtual network.'],
    hint: 'name its range under fabric.vnet or fabric.subnets',
  },
  UNKNOWN_NODE: {
    summary: 'there is no such node',
    paragraphs: ['The name is that of no node in the input.'],
    hint: 'look at the names that the message suggests',
  },
  UNKNOWN_END: {
    summary: 'this is neither a pod, a node, a Service nor an address',
    paragraphs: [
      'The ends of a trace are a pod (`web`, `shop/web`, `pod/web`), a node (`node/node-1`), a deployment (`deploy/web`), an address, or the word `internet`; TO may also be a Service (`svc/db`, `shop/svc/db`) or a name that the client looks up (`db.shop`). A port may stand behind TO: `svc/db:5432`, `node/node-1:30080`.',
    ],
    hint: 'look at the names that the message suggests',
  },
  POD_WITHOUT_ADDRESS: {
    summary: 'the pod has no address',
    paragraphs: [
      "A pod gets its address when its node's plugin sets it up. Without one nothing can be sent to or from it.",
    ],
    causes: ['the pod is still Pending', 'the plugin failed to set it up', 'it has no address of the family asked for'],
    hint: "look at the pod's events, or give it an `ip:` in the cluster file",
  },
  POD_NOT_RUNNING: {
    summary: 'the pod is not running',
    paragraphs: [
      'Only a running pod has a network namespace; the address of a finished one may belong to another pod by now.',
    ],
    hint: "look at the pod's phase",
  },
  POD_NOT_PLACED: {
    summary: 'the pod is on no node',
    paragraphs: ['The pod has not been scheduled, or its node is not in the input.'],
    hint: 'give the pod a `node:`',
  },
  NODE_WITHOUT_ADDRESS: {
    summary: 'the node has no address',
    paragraphs: ['The input gives no internal address of this family for the node.'],
    hint: 'give the node an `ip:`',
  },
  NO_COMMON_FAMILY: {
    summary: 'the two ends have no IP version in common',
    paragraphs: ['One end has only IPv4, the other only IPv6; nothing translates between them.'],
    hint: 'give both ends an address of the same family',
  },
  UNKNOWN_SERVICE: {
    summary: 'there is no such Service',
    paragraphs: [
      'svc/NAME is looked for in the namespace that was asked for, and NAMESPACE/svc/NAME in another. The Services of the input count: those under `services:`, and those of a dump.',
    ],
    hint: 'look at the names that the message suggests; -n names another namespace',
  },
  UNKNOWN_PORT: {
    summary: 'there is no port of that name',
    paragraphs: ['A port may be given by the name that the Service has for it. Pods, nodes and addresses have none.'],
    hint: 'take a name from the message, or give the number',
  },
  SEVERAL_PORTS: {
    summary: 'the Service has several ports, and the first of them was asked',
    paragraphs: ['Without --port, and without a port behind the name, the first port of the Service is meant.'],
    hint: 'name another with --port, or as svc/NAME:PORT; both take its number or its name',
  },
  UNKNOWN_BACKEND: {
    summary: 'the Service has no such endpoint',
    paragraphs: [
      '--backend says which endpoint of the Service the lot is to fall on: a pod, an address, or an address with its port.',
    ],
    hint: 'take one of those in the message',
  },
  BACKEND_NOT_USED: {
    summary: 'that endpoint of the Service gets nothing from this client',
    paragraphs: [
      'The endpoint is there, but the node that translates does not send to it, so that no packet could be followed.',
    ],
    causes: [
      'it is not ready',
      'a traffic policy Local keeps to the endpoints of one node',
      'trafficDistribution keeps to the zone or the node of the client',
      'the packet is refused or dropped before an endpoint is chosen',
    ],
    hint: 'leave out --backend: the answer then says which endpoints are used, and why no others',
  },
  SERVICE_AS_SOURCE: {
    summary: 'a Service sends nothing',
    paragraphs: [
      'A Service is an address that pods stand behind. Packets come from pods, from nodes and from outside.',
    ],
    hint: 'name a pod of the Service as FROM',
  },
  SERVICE_NOT_EXPOSED: {
    summary: 'the Service has no address that a client outside of the cluster could use',
    paragraphs: [
      'ClusterIPs are known to the nodes of the cluster alone. From outside a Service is reached at the address of its load balancer, at one of its externalIPs, or at its nodePort on a node.',
    ],
    causes: [
      'its type is ClusterIP, the default',
      'its load balancer is pending: status.loadBalancer.ingress is empty',
    ],
    hint: 'set type: NodePort or LoadBalancer; to ask from inside, name a pod or a node as FROM',
  },
  SERVICE_WITHOUT_ADDRESS: {
    summary: 'the Service has no ClusterIP',
    paragraphs: ['The input gives the Service none, and there is no range to take one from.'],
    hint: 'state clusterIP, or subnets.services',
  },
  UNSUPPORTED_PLUGIN: {
    summary: 'this network plugin is not modelled',
    paragraphs: ['`k8snet plugins` lists what is modelled, and how faithfully.'],
    hint: 'ask the same question of another plugin with --plugin',
  },
  STORE_UNREADABLE: {
    summary: "the plugin's store could not be read",
    paragraphs: ['The settings say that leases are in an etcd, and it could not be read.'],
    hint: 'the message says what went wrong; without --etcd the cluster file stands for the store',
  },
  USAGE: {
    summary: 'the command was not understood',
    paragraphs: ['An option or argument is unknown or has a value that makes no sense.'],
    hint: '`k8snet help` and `k8snet help trace` list what there is',
  },
};
