import type { WordsByCode } from './words.ts';

/** What Weave Net can have wrong. */
export const WEAVE: WordsByCode = {
  WEAVE_RANGE_OVERLAP: {
    summary: "the nodes' own network lies in the range of the pods",
    paragraphs: ['Weave looks at the routes of its host when it starts, and ends if one leads into its range.'],
    hint: 'set IPALLOC_RANGE to a range that nothing else uses',
  },
  WEAVE_SERVICE_OVERLAP: {
    summary: 'the range of the Services lies in the range of the pods',
    paragraphs: [
      'A pod takes every address of the range for one on its own link and asks for it by ARP, so that packets to a Service never get to the rules that would translate them.',
    ],
    hint: 'set IPALLOC_RANGE to a range that nothing else uses',
  },
  WEAVE_STRAY_POD: {
    summary: "a pod's address is not in the range of the pods",
    paragraphs: ['Weave gives addresses of its range only. The pod may have its address from another plugin.'],
    hint: 'compare IPALLOC_RANGE with `kubectl get pods -o wide`',
  },
  WEAVE_IPV4_ONLY: {
    summary: 'the input has IPv6, which Weave Net does not carry',
    paragraphs: ['Pods have one IPv4 address; IPv6 is neither given nor carried.'],
    hint: 'leave out the IPv6 ranges, or use another plugin for dual stack',
  },
  WEAVE_POLICIES_UNSUPPORTED: {
    summary: 'what weave-npc makes of policies is not modelled',
    paragraphs: [
      'The rules of weave-npc are built as they are in a cluster without policies. With policies a verdict would be a guess.',
    ],
    hint: 'npc: false among the settings asks as if nobody enforced them',
  },
  WEAVE_SLEEVE_FALLBACK: {
    summary: 'two peers cannot use the fast datapath',
    paragraphs: [
      'Weave tries VXLAN on UDP 6784 with heartbeats as long as its MTU. What they do not get through goes by sleeve: the daemon itself carries every frame, which is slow.',
    ],
    causes: ['UDP 6784 (with a password ESP) is blocked', 'the network between the nodes has too small an MTU'],
    hint: 'look at `weave status connections`, and lower WEAVE_MTU where the MTU is small',
  },
  WEAVE_CONN_LIMIT: {
    summary: 'there are more peers than connections',
    paragraphs: [
      'A peer keeps at most CONN_LIMIT connections. Others stay pending, and frames to them go by other peers.',
    ],
    hint: 'raise CONN_LIMIT',
  },
  WEAVE_UNKNOWN_NODE: {
    summary: 'the settings name a node that there is not',
    paragraphs: ['`peers`, `ring`, `exposeIP` and `init: seed=…` name nodes of the cluster.'],
    hint: 'compare the names with `nodes`',
  },
  WEAVE_PEERS: {
    summary: 'a connection is to be carried in a way that there is not',
    paragraphs: ['The third word of an entry of `peers` is sleeve or fastdp.'],
    hint: 'leave it out, or say sleeve or fastdp',
  },
  WEAVE_RING: {
    summary: 'the ranges of the ring do not fit together',
    paragraphs: ['Every address of the range has one owner, and no address outside of it has any.'],
    hint: 'compare with `weave status ipam`',
  },
  WEAVE_EXPOSE: {
    summary: "a bridge's address is not in the range of the pods",
    paragraphs: ['The weave bridge has an address of the range, by which pods leave their node.'],
    hint: 'compare with `ip addr show weave`',
  },
  WEAVE_INIT: {
    summary: 'the setting init (IPALLOC_INIT) is not understood',
    paragraphs: ['consensus=N: so many peers agree on who divides the range; seed=A,B: these do.'],
    hint: 'say consensus=N or seed=NODE,NODE',
  },
  WEAVE_INIT_UNSUPPORTED: {
    summary: 'this way to start the ring is not modelled',
    paragraphs: ['An observer waits for others to divide the range, and gets its part by asking.'],
    hint: 'state `ring`, or consensus=N',
  },
  WEAVE_RANGE: {
    summary: 'the range of the pods is assumed',
    paragraphs: ['Without IPALLOC_RANGE it is 10.32.0.0/12.'],
    hint: 'state plugin.range',
  },
  WEAVE_RING_ASSUMED: {
    summary: 'which node owns which part of the range is assumed',
    paragraphs: [
      'Weave divides its range among the peers that start together, and later ones are given a part of what another has. No Kubernetes object shows the result. It decides whether a client from outside keeps its address on the way to a pod.',
    ],
    hint: 'state plugin.ring as `weave status ipam` shows it',
  },
  WEAVE_BRIDGE_ASSUMED: {
    summary: 'the addresses of the weave bridges are assumed',
    paragraphs: ["The bridge takes the lowest free address of its node's part of the range when Weave starts."],
    hint: 'state plugin.exposeIP as `ip addr show weave` shows it',
  },
  WEAVE_SLEEVE_CRYPTO: {
    summary: 'what encryption adds to sleeve is assumed',
    paragraphs: ['A sequence number and an authenticator, 24 bytes, beside the 62 of sleeve.'],
    hint: 'compare with the mtu that `weave status connections` shows',
  },
};
