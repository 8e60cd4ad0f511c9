import type { WordsByCode } from './words.ts';

/** What can be wrong with the cluster that the input describes. */
export const CLUSTER: WordsByCode = {
  UNKNOWN_KEY: {
    summary: 'the cluster file has a key that means nothing here',
    paragraphs: ['Unknown keys are errors, since a misspelt key would otherwise silently not count.'],
    hint: 'the message names the nearest key, or all that are allowed; `k8snet schema` prints them with their meaning',
  },
  MISSING_KEY: {
    summary: 'a key that is needed is missing',
    paragraphs: ['Most keys may be left out; this one has no sensible default.'],
    hint: 'add it where the caret stands',
  },
  DUPLICATE_KEY: {
    summary: 'the same key stands twice',
    paragraphs: ['Only one of the values could count, and which one would be a guess.'],
    hint: 'remove one of the two',
  },
  WRONG_TYPE: {
    summary: 'a value has the wrong type',
    paragraphs: ['For example a word where a list is expected. The message says what stands there and what should.'],
    causes: ['a missing dash before a list item', 'a number or a word like `on` that needs quotes to be a text'],
    hint: 'compare with the examples in fixtures/',
  },
  BAD_VALUE: {
    summary: 'a value is not one of those that are possible here',
    paragraphs: ['The message lists the choices, or the limits of a number.'],
    hint: 'take one of the choices',
  },
  BAD_ADDRESS: {
    summary: 'the text is no IP address',
    paragraphs: [
      'An IPv4 address has four numbers from 0 to 255, an IPv6 address groups of hexadecimal digits with colons.',
    ],
    hint: "put IPv6 addresses in quotes ('fd00::1'): YAML reads some of them as something else",
  },
  BAD_CIDR: {
    summary: 'the text is no address range',
    paragraphs: ['A range is an address, a slash and the length of the prefix: 10.244.0.0/16, fd00:244::/56.'],
    hint: 'check the slash and the number after it (0 to 32, for IPv6 0 to 128)',
  },
  HOST_BITS_SET: {
    summary: 'the range does not start where its prefix length says',
    paragraphs: [
      '10.244.1.0/16 is the address 10.244.1.0 in the range 10.244.0.0/16: it has bits set that belong to hosts. Kubernetes and most plugins refuse such a range.',
    ],
    hint: 'the message names the range that was probably meant',
  },
  BAD_MAC: {
    summary: 'the text is no Ethernet address',
    paragraphs: ['An Ethernet address has six pairs of hexadecimal digits: 52:54:00:12:34:56.'],
    hint: 'put it in quotes: YAML may read digits and colons as a number',
  },
  TOO_MANY_ADDRESSES: {
    summary: 'there are two addresses or ranges of one family',
    paragraphs: ['Nodes, pods and Services have at most one IPv4 and one IPv6 address.'],
    hint: 'remove one; further addresses of a node go under `interfaces`, of a Service under `externalIPs`',
  },
  ADDRESS_OUT_OF_RANGE: {
    summary: 'an address lies outside of the range that it should be in',
    paragraphs: [
      "A node's address belongs into subnets.nodes, a pod's into the podCIDR of its node, a clusterIP into subnets.services. A pod with another address is not where routes and tunnels look for it; another clusterIP is refused by the API server.",
    ],
    causes: ['a mistyped digit', 'the pod stands under the wrong node'],
    hint: 'correct the address, the range or the node',
  },
  FAMILY_WITHOUT_RANGE: {
    summary: 'there is an address of a family that has no range',
    paragraphs: ['In a dual-stack cluster every range is a list of two, one of each family.'],
    hint: "write both: [10.244.0.0/16, 'fd00:244::/56']",
  },
  OVERLAPPING_RANGES: {
    summary: 'two ranges overlap',
    paragraphs: [
      'An address in both ranges would be in two places, and the more specific route would decide: packets for one get to the other.',
    ],
    hint: 'give each node, and each purpose, a range of its own',
  },
  DUPLICATE_ADDRESS: {
    summary: 'two have the same address',
    paragraphs: ['Packets would get to one of them, and which one is a matter of chance.'],
    hint: 'change one of the two addresses, or leave it out: it is then assigned',
  },
  DUPLICATE_NAME: {
    summary: 'two have the same name',
    paragraphs: ['Nodes have unique names in a cluster, pods and Services in their namespace, ports in their Service.'],
    hint: 'rename one; a pod or Service of another namespace needs `namespace:`',
  },
  MISSING_SUBNET: {
    summary: 'an address or range is left out, and there is none to take it from',
    paragraphs: [
      "Addresses that are left out are assigned as the cluster would: nodes' from subnets.nodes, pod ranges from subnets.pods, pods' from the range of their node, clusterIPs from subnets.services.",
    ],
    hint: 'add the range under `subnets:`, or state the address',
  },
  RANGE_EXHAUSTED: {
    summary: 'a range has no address or part left',
    paragraphs: ['More is to be assigned from the range than it holds.'],
    hint: 'widen the range (a smaller number after the slash), or use a second one',
  },
  ADDRESS_UNREADABLE: {
    summary: 'addresses in the dump are none',
    paragraphs: [
      'The texts that should be addresses are something else, as in a dump whose addresses were blacked out. Pods, nodes and Services are treated as if they had none, and endpoints are taken from the pods.',
    ],
    hint: 'state ranges in a cluster file beside the dump, and addresses are assigned',
  },
  PLUGIN_UNKNOWN: {
    summary: 'no network plugin is named, and none can be told from the input',
    paragraphs: [
      'What happens to a packet depends on the plugin. In a dump it shows by its DaemonSet, its annotations on nodes or its configuration.',
    ],
    hint: 'add `plugin: flannel` to the cluster file, or say --plugin; `k8snet plugins` lists what there is',
  },
  UNKNOWN_PLUGIN: {
    summary: 'there is no network plugin of that name',
    paragraphs: ['The name is neither that of a plugin that is modelled nor of one that is known by name.'],
    hint: '`k8snet plugins` lists what is modelled',
  },
  EXPECTATION_NOT_CHECKED: {
    summary: 'the assertions under `expect:` are not checked by this version',
    paragraphs: ['They are read, and nothing is done with them.'],
    hint: 'ask the same with `k8snet trace`, whose exit code tells',
  },
};
