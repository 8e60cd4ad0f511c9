import { createHash } from 'node:crypto';
import type { IpSet, Match, NfRule } from '../../linux/netfilter.ts';
import { ACCEPT, dst, dstType, jump, mark, multicast, not, RETURN, rule } from '../../linux/rules.ts';
import type { Cluster, Pod } from '../../model/cluster.ts';
import { formatIp } from '../../net/ip.ts';
import type { NodeDraft } from '../node.ts';
import { nodeOrigin } from '../origin.ts';
import { BRIDGE_PORT, EGRESS_MARK } from './defaults.ts';
import { ipOf } from './ipam.ts';

/** What weave-npc knows of the cluster: each namespace with its pods. The same on every node. */
export type Isolation = readonly { readonly namespace: string; readonly set: IpSet }[];

// ipset takes 31 characters. Digits and letters here; weave-npc's own alphabet has 85 symbols, whose order is not known here.
const shortName = (text: string): string => createHash('sha1').update(text).digest('base64url').slice(0, 25);

// hasIP() of npc/namespace.go.
const isGuarded = (pod: Pod): boolean =>
  !pod.hostNetwork && ipOf(pod) !== undefined && pod.phase !== 'Succeeded' && pod.phase !== 'Failed';

/** The sets of pods that no policy isolates: without policies, all of each namespace, whatever node they are on (npc/namespace.go). */
export const planIsolation = (cluster: Cluster): Isolation => {
  const pods = new Map<string, string[]>();
  const add = (namespace: string, ...entries: string[]) => {
    const there = pods.get(namespace);
    if (there) there.push(...entries);
    else pods.set(namespace, entries);
  };
  for (const { kind, name } of cluster.others) if (kind === 'Namespace') add(name);
  for (const pod of cluster.pods) {
    const ip = ipOf(pod);
    if (isGuarded(pod) && ip !== undefined) add(pod.namespace, formatIp(ip));
  }
  return [...pods].map(([namespace, entries]) => ({
    namespace,
    set: {
      name: `weave-${shortName(`${namespace}:`)}`,
      type: 'hash:ip',
      family: 4,
      entries,
    },
  }));
};

const isNew: Match = { match: 'ctstate', states: ['NEW'], module: 'state' };
const known: Match = { match: 'ctstate', states: ['RELATED', 'ESTABLISHED'], module: 'state' };
const overlay = (dir: 'in' | 'out'): Match => ({ match: 'physdev', dir, ifname: BRIDGE_PORT, bridged: true });
const inSet = (set: IpSet, dir: 'src' | 'dst'): Match => ({ match: 'set', set: set.name, dirs: [dir] });

/**
 * weave-npc's chains as they are without policies (prog/weave-npc/main.go, npc/*.go): pods of every namespace may receive and send. What
 * crosses the overlay is judged once: egress where it starts, ingress where it arrives.
 */
export const addNpc = (draft: NodeDraft, isolation: Isolation): void => {
  const rules = draft.rules(4);
  const origin = nodeOrigin('weave-npc', draft.node);
  const more = { origin };
  const add = (chain: string, ...list: readonly NfRule[]) => rules.append('filter', chain, ...list);
  const groups = dst(multicast(4));
  add(
    'WEAVE-NPC',
    rule([known], ACCEPT, more),
    rule([groups], ACCEPT, more),
    rule([overlay('out')], ACCEPT, more),
    rule([isNew], jump('WEAVE-NPC-DEFAULT'), more),
    rule([isNew], jump('WEAVE-NPC-INGRESS'), more),
  );
  rules.chain('filter', 'WEAVE-NPC-DEFAULT');
  rules.chain('filter', 'WEAVE-NPC-INGRESS');
  add(
    'WEAVE-NPC-EGRESS',
    rule([known], ACCEPT, more),
    rule([overlay('in')], RETURN, more),
    rule([dstType('LOCAL')], RETURN, more),
    rule([groups], RETURN, more),
    rule([isNew], jump('WEAVE-NPC-EGRESS-DEFAULT'), more),
    rule([isNew, not(mark(EGRESS_MARK))], jump('WEAVE-NPC-EGRESS-CUSTOM'), more),
  );
  for (const { namespace, set } of isolation) {
    const about = (way: string) => ({
      comment: `DefaultAllow ${way} isolation for namespace: ${namespace}`,
      commentAt: 1,
      origin,
    });
    add('WEAVE-NPC-DEFAULT', rule([inSet(set, 'dst')], ACCEPT, about('ingress')));
    add(
      'WEAVE-NPC-EGRESS-DEFAULT',
      rule([inSet(set, 'src')], jump('WEAVE-NPC-EGRESS-ACCEPT'), about('egress')),
      rule([inSet(set, 'src')], RETURN, about('egress')),
    );
  }
  for (const chain of ['WEAVE-NPC-EGRESS-DEFAULT', 'WEAVE-NPC-EGRESS-CUSTOM']) rules.chain('filter', chain);
  add('WEAVE-NPC-EGRESS-ACCEPT', rule([], { target: 'MARK', value: EGRESS_MARK, mask: EGRESS_MARK }, more));
  draft.netns.ipsets.push(...isolation.map(({ set }) => set));
};
