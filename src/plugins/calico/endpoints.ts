import type { Match, NfRule, Target } from '../../linux/netfilter.ts';
import { ACCEPT, iif, jump, l4, multiport, oif, RETURN, rule } from '../../linux/rules.ts';
import type { Pod } from '../../model/cluster.ts';
import { familyOf } from '../../net/ip.ts';
import { podOrigin } from '../origin.ts';
import { VXLAN_PORT } from './defaults.ts';
import { clear, has, marksOf, set } from './marks.ts';
import { caliName, chainName } from './names.ts';
import { ctstate } from './rules.ts';
import type { Self } from './site.ts';

const DROP: Target = { target: 'DROP' };

/**
 * Each pod's chains, and the chains that find them by the pod's device. Without policies the profile of the namespace lets all pass
 * (felix/rules/endpoints.go, dispatch.go; profile kns.* of libcalico-go/lib/backend/k8s/conversion).
 */
export const addEndpoints = ({ draft, config }: Self, pods: readonly Pod[], family: 4 | 6): void => {
  const rules = draft.rules(family);
  const marks = marksOf(config);
  const here = pods.filter(({ ips }) => ips.some((ip) => familyOf(ip) === family));
  const namespaces = new Set<string>();
  for (const dir of ['from', 'to'] as const) {
    rules.chain('filter', `cali-${dir}-wl-dispatch`);
    for (const pod of here) {
      const ifname = caliName(pod);
      const origin = podOrigin('calico', pod);
      const one = (matches: readonly Match[], action: Target): NfRule => rule(matches, action, { origin });
      const chain = chainName(dir === 'from' ? 'cali-fw-' : 'cali-tw-', ifname);
      const by = dir === 'from' ? iif(ifname) : oif(ifname);
      rules.append('filter', `cali-${dir}-wl-dispatch`, one([by], { target: 'goto', chain }));
      const profile = dir === 'from' ? 'cali-pro-' : 'cali-pri-';
      const [kns, ksa] = [`kns.${pod.namespace}`, `ksa.${pod.namespace}.default`].map((id) => chainName(profile, id));
      rules.append(
        'filter',
        chain,
        one([ctstate('RELATED', 'ESTABLISHED')], ACCEPT),
        one([ctstate('INVALID')], DROP),
        one([], clear(marks.accept | marks.pass)),
        ...(dir === 'from' ? [one([l4('udp'), multiport(VXLAN_PORT)], DROP), one([l4('ipip')], DROP)] : []),
        ...[kns, ksa].flatMap((name) => [one([], jump(name ?? '')), one([has(marks.accept)], RETURN)]),
        one([], DROP),
      );
      if (namespaces.has(`${dir} ${pod.namespace}`)) continue;
      namespaces.add(`${dir} ${pod.namespace}`);
      const ofNamespace = { plugin: 'calico', kind: 'Namespace', name: pod.namespace };
      rules.chain('filter', ksa ?? '');
      rules.append(
        'filter',
        kns ?? '',
        rule([], set(marks.accept), { origin: ofNamespace }),
        rule([has(marks.accept)], RETURN, { origin: ofNamespace }),
      );
    }
    rules.append('filter', `cali-${dir}-wl-dispatch`, rule([], DROP, { comment: 'Unknown interface' }));
  }
};
