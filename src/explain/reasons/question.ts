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
  UNKNOWN_NODE: {
    summary: 'there is no such node',
    paragraphs: ['The name is that of no node in the input.'],
    hint: 'look at the names that the message suggests',
  },
  UNKNOWN_END: {
    summary: 'this is neither a pod, a node nor an address',
    paragraphs: [
      'The ends of a trace are a pod (`web`, `shop/web`, `pod/web`), a node (`node/node-1`), a deployment (`deploy/web`), an address, or the word `internet`.',
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
  UNSUPPORTED_SERVICE: {
    summary: 'Services are not modelled yet',
    paragraphs: ['A trace to a Service needs the rules of kube-proxy, which this version does not build.'],
    hint: 'trace to one of the pods behind the Service',
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
