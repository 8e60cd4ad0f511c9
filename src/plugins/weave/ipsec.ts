import type { Match } from '../../linux/netfilter.ts';
import { dport, dstIp, jump, l4, mark, not, rule, srcIp } from '../../linux/rules.ts';
import { hostPrefix } from '../../net/prefix.ts';
import type { NodeDraft } from '../node.ts';
import { nodeOrigin } from '../origin.ts';
import { ESP_ALIGN, ESP_OVERHEAD, FASTDP_PORT, IPSEC_MARK } from './defaults.ts';
import type { Mesh } from './mesh.ts';

const SPI = 'the SPI that the rule also asks for is drawn per connection';

/**
 * ESP in transport mode around the fast datapath's VXLAN (net/ipsec/ipsec.go): marked on the way out, so that the policy takes it; what comes
 * in on the port must have come through ESP.
 */
export const addIpsec = (draft: NodeDraft, mesh: Mesh): void => {
  const rules = draft.rules(4);
  const { node, netns } = draft;
  const own = nodeOrigin('weave', node);
  const set = { target: 'MARK', value: IPSEC_MARK, mask: IPSEC_MARK } as const;
  rules.append('mangle', 'INPUT', rule([], jump('WEAVE-IPSEC-IN'), { origin: own }));
  rules.append('mangle', 'OUTPUT', rule([], jump('WEAVE-IPSEC-OUT'), { origin: own }));
  rules.append('mangle', 'WEAVE-IPSEC-IN-MARK', rule([], set, { origin: own }));
  rules.append('mangle', 'WEAVE-IPSEC-OUT-MARK', rule([], set, { origin: own }));
  rules.append('filter', 'INPUT', rule([], jump('WEAVE-IPSEC-IN'), { origin: own }));
  const bare: Match = { match: 'policy', dir: 'out', pol: 'none' };
  const escaped = [not(l4('esp')), bare, mark(IPSEC_MARK)];
  rules.append('filter', 'OUTPUT', rule(escaped, { target: 'DROP' }, { origin: own }));
  for (const table of ['mangle', 'filter'] as const) rules.chain(table, 'WEAVE-IPSEC-IN');
  rules.chain('mangle', 'WEAVE-IPSEC-OUT');
  for (const peer of mesh.neighbours(node.name)) {
    const found = mesh.between(node.name, peer.name);
    if (!found?.encrypted || found.transport.kind !== 'vxlan') continue;
    const { local, remote } = found;
    const origin = nodeOrigin('weave', peer);
    const out = [srcIp(local), dstIp(remote), l4('udp'), dport(FASTDP_PORT)];
    const back = [srcIp(remote), dstIp(local)];
    const esp = { origin: { ...origin, note: SPI } };
    rules.append('mangle', 'WEAVE-IPSEC-IN', rule([...back, l4('esp')], jump('WEAVE-IPSEC-IN-MARK'), esp));
    rules.append('mangle', 'WEAVE-IPSEC-OUT', rule(out, jump('WEAVE-IPSEC-OUT-MARK'), { origin }));
    const clear = [...back, l4('udp'), dport(FASTDP_PORT), not(mark(IPSEC_MARK))];
    rules.append('filter', 'WEAVE-IPSEC-IN', rule(clear, { target: 'DROP' }, { origin }));
    netns.xfrm.push({
      dir: 'out',
      src: hostPrefix(local),
      dst: hostPrefix(remote),
      udpPort: FASTDP_PORT,
      mark: { value: IPSEC_MARK, mask: IPSEC_MARK },
      tmpl: { src: local, dst: remote, reqid: 0 },
      mode: 'transport',
      overhead: ESP_OVERHEAD,
      align: ESP_ALIGN,
      origin,
    });
  }
};
