import type { CtState, Match, NfRule, Target } from '../../linux/netfilter.ts';
import type { Origin } from '../../linux/origin.ts';
import { ACCEPT, dstType, iif, jump, l4, mark, multiport, not, oif, RETURN, rule } from '../../linux/rules.ts';
import { nodeOrigin } from '../origin.ts';
import { clear, has, marksOf, set } from './marks.ts';
import { type Self, uses } from './site.ts';
import { vxlanDev } from './tunnels.ts';

const DROP: Target = { target: 'DROP' };
const NOTRACK: Target = { target: 'NOTRACK' };
const goTo = (chain: string): Target => ({ target: 'goto', chain });
const POD: Match = iif('cali+');
const TO_POD: Match = oif('cali+');
const inSet = (name: string, dir: 'src' | 'dst'): Match => ({ match: 'set', set: name, dirs: [dir] });
const srcType = (limit?: 'out'): Match => ({
  match: 'addrtype',
  side: 'src',
  type: 'LOCAL',
  ...(limit && { limitIface: limit }),
});
export const ctstate = (...states: readonly CtState[]): Match => ({ match: 'ctstate', states });

/** The names of Felix's ipsets, cali40… and cali60… (felix/rules/rule_defs.go). */
export const setNames = ({ config }: Pick<Self, 'config'>, family: 4 | 6) => {
  const prefix = family === 4 ? 'cali40' : 'cali60';
  return {
    masq: `${prefix}masq-ipam-pools`,
    pools: `${prefix}${config.since(3, 31) ? 'network-ip-pools' : 'all-ipam-pools'}`,
    hosts: `${prefix}all-hosts-net`,
    vxlan: `${prefix}all-vxlan-net`,
  };
};

/**
 * Felix's chains of every table, without policies or host endpoints (felix/rules/static.go, nat.go): in front of all others, but for
 * masquerading, which comes last from v3.28 on.
 */
export const addStatic = (self: Self, family: 4 | 6): void => {
  const { draft, config } = self;
  const rules = draft.rules(family);
  const origin: Origin = nodeOrigin('calico', draft.node);
  const marks = marksOf(config);
  const sets = setNames(self, family);
  const vxlan = uses(config, 'vxlan', family);
  const ipip = family === 4 && uses(config, 'ipip', 4);
  const one = (matches: readonly Match[], action: Target, comment?: string): NfRule =>
    rule(matches, action, { origin, ...(comment !== undefined && { comment }) });
  // chainInsertMode Insert: Felix looks after its place (felix/iptables/table.go).
  const first = (chain: string): NfRule => rule([], jump(chain), { origin, staysFirst: true });
  type TableName = 'raw' | 'mangle' | 'nat' | 'filter';
  const chain = (table: TableName, name: string, ...list: readonly NfRule[]): void => {
    rules.chain(table, name);
    rules.append(table, name, ...list);
  };
  const when = (condition: boolean, ...list: readonly NfRule[]): readonly NfRule[] => (condition ? list : []);
  const tunnelled = [l4('udp'), multiport(config.vxlanPort)];
  const accepted = one([has(marks.accept)], ACCEPT);

  for (const hook of ['PREROUTING', 'OUTPUT'] as const) rules.insert('raw', hook, first(`cali-${hook}`));
  chain('raw', 'cali-rpf-skip');
  chain('raw', 'cali-from-host-endpoint');
  chain('raw', 'cali-to-host-endpoint');
  chain(
    'raw',
    'cali-PREROUTING',
    one([], clear(marks.all)),
    ...when(vxlan, one(tunnelled, NOTRACK)),
    one([POD], set(marks.scratch)),
    one([has(marks.scratch)], jump('cali-rpf-skip')),
    one([has(marks.scratch), { match: 'rpfilter', validmark: true, not: true }], DROP),
    one([mark(0, marks.scratch)], jump('cali-from-host-endpoint')),
    accepted,
  );
  chain(
    'raw',
    'cali-OUTPUT',
    one([], clear(marks.all)),
    one([], jump('cali-to-host-endpoint')),
    ...when(vxlan, one(tunnelled, NOTRACK)),
    accepted,
  );

  for (const hook of ['PREROUTING', 'POSTROUTING'] as const) rules.insert('mangle', hook, first(`cali-${hook}`));
  chain('mangle', 'cali-from-host-endpoint');
  chain('mangle', 'cali-to-host-endpoint');
  chain(
    'mangle',
    'cali-PREROUTING',
    one([ctstate('RELATED', 'ESTABLISHED')], ACCEPT),
    accepted,
    one([], jump('cali-from-host-endpoint')),
    accepted,
  );
  chain(
    'mangle',
    'cali-POSTROUTING',
    one([has(marks.accept)], RETURN),
    one([], clear(marks.all)),
    one([ctstate('DNAT')], jump('cali-to-host-endpoint')),
    one([has(marks.accept)], RETURN),
  );

  for (const hook of ['PREROUTING', 'OUTPUT'] as const) {
    rules.insert('nat', hook, first(`cali-${hook}`));
    chain('nat', `cali-${hook}`, one([], jump('cali-fip-dnat')));
  }
  chain('nat', 'cali-fip-dnat');
  chain('nat', 'cali-fip-snat');
  const masquerade: Target = { target: 'MASQUERADE', fullyRandom: true };
  const devices = [...(ipip ? ['tunl0'] : []), ...(vxlan ? [vxlanDev(family)] : [])];
  if (config.since(3, 28)) rules.append('nat', 'POSTROUTING', one([], jump('cali-POSTROUTING')));
  else rules.insert('nat', 'POSTROUTING', first('cali-POSTROUTING'));
  chain('nat', 'cali-nat-outgoing', one([inSet(sets.masq, 'src'), not(inSet(sets.pools, 'dst'))], masquerade));
  chain(
    'nat',
    'cali-POSTROUTING',
    one([], jump('cali-fip-snat')),
    one([], jump('cali-nat-outgoing')),
    ...devices.map((dev) => one([oif(dev), not(srcType('out')), srcType()], masquerade)),
  );

  for (const hook of ['INPUT', 'FORWARD', 'OUTPUT'] as const) rules.insert('filter', hook, first(`cali-${hook}`));
  const explicit = 'Policy explicitly accepted packet.';
  rules.append('filter', 'FORWARD', one([has(marks.accept)], ACCEPT, explicit), one([], set(marks.accept)));
  for (const name of ['from-host-endpoint', 'to-host-endpoint', 'from-hep-forward', 'to-hep-forward', 'cidr-block'])
    chain('filter', `cali-${name}`);
  const own = dstType('LOCAL');
  chain(
    'filter',
    'cali-INPUT',
    ...when(
      ipip,
      one([l4('ipip'), inSet(sets.hosts, 'src'), own], ACCEPT, 'Allow IPIP packets from Calico hosts'),
      one([l4('ipip')], DROP, 'Drop IPIP packets from non-Calico hosts'),
    ),
    ...when(
      vxlan,
      one([...tunnelled, inSet(sets.vxlan, 'src'), own], ACCEPT, 'Allow VXLAN packets from allowed hosts'),
      one([...tunnelled, own], DROP, 'Drop VXLAN packets from non-allowed hosts'),
    ),
    one([POD], goTo('cali-wl-to-host')),
    accepted,
    one([], clear(marks.all)),
    one([], jump('cali-from-host-endpoint')),
    accepted,
  );
  const icmp6 = [130, 131, 132, 133, 135, 136];
  chain(
    'filter',
    'cali-wl-to-host',
    ...(family === 6 ? icmp6.map((type) => one([l4('icmpv6'), { match: 'icmp', type }], ACCEPT)) : []),
    one([], jump('cali-from-wl-dispatch')),
    one([], { target: config.endpointToHost }, 'Configured DefaultEndpointToHostAction'),
  );
  chain(
    'filter',
    'cali-FORWARD',
    one([], clear(marks.all & ~marks.accept)),
    one([mark(0, marks.accept)], jump('cali-from-hep-forward')),
    one([POD], jump('cali-from-wl-dispatch')),
    one([TO_POD], jump('cali-to-wl-dispatch')),
    one([], jump('cali-to-hep-forward')),
    one([], jump('cali-cidr-block')),
  );
  chain(
    'filter',
    'cali-OUTPUT',
    accepted,
    one([TO_POD], RETURN),
    ...when(ipip, one([l4('ipip'), inSet(sets.hosts, 'dst'), srcType()], ACCEPT)),
    ...when(vxlan, one([...tunnelled, inSet(sets.vxlan, 'dst'), srcType()], ACCEPT)),
    one([], clear(marks.all)),
    one([{ ...ctstate('DNAT'), not: true }], jump('cali-to-host-endpoint')),
    accepted,
  );
};
