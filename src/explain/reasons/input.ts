import { say, type WordsByCode } from './words.ts';

/** What can be wrong with the text of an input, and with single values in it. */
export const INPUT: WordsByCode = {
  NO_INPUT: say(
    'there is no cluster to look at',
    'Neither -f names an input, nor is there a k8snet.yaml or cluster.yaml in this folder, or what is there holds no cluster.',
    'name a cluster file with -f, or pipe in `kubectl get nodes,pods -A -o yaml`',
  ),
  NOT_A_CLUSTER: say(
    'the document is no cluster',
    'It has neither the keys of the short form nor apiVersion and kind of a Kubernetes object.',
    '`k8snet schema` prints what the short form may hold',
  ),
  EMPTY_FILE: say('the file is empty', 'It holds no document, so it adds nothing to the cluster.'),
  FILE_NOT_FOUND: say('there is no such file', 'The name after -f leads to no file and no folder.', 'check the path'),
  FILE_UNREADABLE: say('the file cannot be read', 'The system refuses to open or read it.', 'check its permissions'),
  FILE_TOO_LARGE: say(
    'the file is too large to be read as one text',
    'JavaScript strings end near 512 million characters.',
    'split the dump, for example by kind',
  ),
  NOT_TEXT: say('the file is no text', 'It is compressed, binary, or not in UTF-8.', 'unpack it first'),
  YAML_SYNTAX: say(
    'the file is no valid YAML or JSON',
    'A parser cannot make sense of the place that the message names.',
  ),
  YAML_ALIAS: say(
    'a YAML alias cannot be used',
    'An alias (*name) repeats what an anchor (&name) marked before it. It has no anchor, stands inside its own, or the aliases of the file expand to far too much.',
  ),
  YAML_KEY: say('a key is no plain word', 'YAML allows lists and mappings as keys; no cluster needs them.'),
  YAML_MERGE: say(
    'only mappings can be merged',
    'The value of << must be a mapping, an alias to one, or a list of such.',
  ),
  YAML_TAG: say(
    'a YAML tag is unknown',
    'Only the tags of the YAML core schema have a meaning here.',
    'remove the tag',
  ),
  DUPLICATE_KEY: say(
    'a key stands twice in one mapping',
    'Which of the two values would count is not defined, so neither is taken for granted.',
    'remove one of them',
  ),
  UNKNOWN_KEY: say(
    'the key is unknown',
    'An unknown key is most often a misspelt one, so it is an error and not ignored.',
    'the message suggests the nearest key, or lists those that are allowed',
  ),
  MISSING_KEY: say('a key is missing that must be there', 'Without it the entry means nothing.', 'add it'),
  WRONG_TYPE: say('the value has the wrong type', 'A text, number, list or mapping stands where another is expected.'),
  BAD_VALUE: say('the value is not allowed', 'It has the right type, but is out of range or none of the choices.'),
  WRONG_VALUE: say('the value is not allowed', 'It has the right type, but is out of range or none of the choices.'),
  BAD_ADDRESS: say('this is no IP address', 'An address is written like 10.1.15.2 or fd00::2, without leading zeros.'),
  BAD_CIDR: say('this is no address range', 'A range is written like 10.1.0.0/16 or fd00::/64.'),
  BAD_MAC: say('this is no Ethernet address', 'It is written like 02:42:0a:01:0f:02.'),
  HOST_BITS_SET: say(
    'the range does not begin at its own first address',
    'Bits behind the prefix length are set: 10.1.15.2/24 names a host, the range is 10.1.15.0/24.',
    'write the first address of the range',
  ),
  TOO_MANY_ADDRESSES: say(
    'there are too many addresses',
    'Kubernetes knows at most one address or range per IP version.',
  ),
  ADDRESS_OUT_OF_RANGE: say(
    'the address lies outside of its range',
    'A node should be in subnets.nodes, a pod in the range of its node; else routes do not lead to it.',
    'correct the address or the range',
  ),
  DUPLICATE_ADDRESS: say(
    'two machines have the same address',
    'Packets to it reach one of them, and nobody can say which.',
    'give one of them another address',
  ),
  DUPLICATE_NAME: say(
    'a name is used twice',
    'Names of nodes, and of pods in one namespace, are unique.',
    'rename one',
  ),
  FAMILY_WITHOUT_RANGE: say(
    'there is an address of an IP version that has no range',
    'Dual stack needs a range of each version wherever an address of it stands.',
    'write lists of two ranges',
  ),
  OVERLAPPING_RANGES: say(
    'two address ranges overlap',
    'Ranges of pods, nodes and services must be apart, or routes and rules take one for the other.',
    'choose ranges that do not overlap',
  ),
  MISSING_SUBNET: say(
    'a range is missing that addresses could be assigned from',
    'An address was left out, and no range says where to take one from.',
    'give the address, or the range under subnets:',
  ),
  RANGE_EXHAUSTED: say(
    'the range has no free address left',
    'All addresses of the range are in use, so none can be assigned.',
    'a larger range, or fewer machines in it',
  ),
  POD_OUTSIDE_PODCIDR: say(
    "the pod has an address outside of its node's range",
    'Other nodes send to the node whose range holds the address, and that is another one.',
  ),
  NODES_FROM_PODS: say(
    'the nodes are known from pods only',
    'The input holds no nodes; their names and addresses are taken from the pods that run on them.',
    'add `kubectl get nodes -o yaml` to the input',
  ),
  PLUGIN_UNKNOWN: say(
    'nothing says which network plugin the cluster uses',
    'The input names none, and none of its objects (annotations, DaemonSets, configuration) shows one.',
    'name it with `plugin:` or --plugin',
  ),
  UNKNOWN_PLUGIN: say(
    'there is no such network plugin',
    'The name is that of no plugin.',
    '`k8snet plugins` lists them',
  ),
  INFERRED_PLUGIN: say(
    'the network plugin was inferred',
    'The input does not name it; what it rests on stands with the assumption as evidence.',
    'state it with `plugin:` or --plugin',
  ),
  INFERRED_SETTING: say(
    'a setting of the plugin was inferred',
    'The input does not state it; what it rests on stands with the assumption as evidence.',
    'state it in the `plugin:` mapping',
  ),
  ASSUMED_NODE_IP: say(
    "the node's address was assigned",
    'The input gives none; it is the next free one of subnets.nodes.',
  ),
  ASSUMED_POD_CIDR: say(
    "the node's pod range was assigned",
    'The input gives none; ranges are handed out in order, as the controller or flannel does.',
  ),
  ASSUMED_POD_IP: say(
    "the pod's address was assigned",
    'The input gives none; it is the one that host-local would give.',
  ),
  ASSUMED_STATE: say(
    'a step rests on a fact that nobody has verified',
    'The reference marks it as unverified, or it differs between versions; the trace marks the steps concerned.',
  ),
  EXPECTATION_NOT_CHECKED: say(
    'expectations are not checked yet',
    'The `expect:` of a cluster file is read, but this version does not prove it.',
    'ask the same with `k8snet trace`, whose exit code tells',
  ),
  POLICIES_NOT_ENFORCED: say(
    'network policies are not looked at',
    'The plugin enforces none. An engine beside it might, and that is not modelled.',
  ),
  UNKNOWN_CODE: say(
    'there is no such code',
    'Codes stand with problems, drops and assumptions.',
    '`k8snet explain` lists them',
  ),
  UNKNOWN_WORKLOAD: say(
    'no pod of this deployment is there',
    'Pods are found by their owner: a ReplicaSet named after the deployment, a StatefulSet, a DaemonSet or a Job.',
    'name a pod instead',
  ),
};
