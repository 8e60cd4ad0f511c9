import { placeInService } from '../../model/service-place.ts';
import type { Family, Ip } from '../../net/ip.ts';
import { familyOf } from '../../net/ip.ts';
import type { Cause, Check, Facts } from './question.ts';
import { usablePods } from './readiness.ts';
import { and } from './words.ts';

const familiesOf = (ips: readonly Ip[]): readonly Family[] => [...new Set(ips.map(familyOf))].sort();
const words = (families: readonly Family[]): string => and(families.map((family) => `IPv${family}`));

const ofClient = ({ service, client, who }: Facts): readonly Cause[] => {
  const [own, asking] = [familiesOf(service.clusterIPs), familiesOf(client.ips)];
  if (own.length === 0 || asking.length === 0 || own.some((family) => asking.includes(family))) return [];
  return [
    {
      code: 'SERVICE_FAMILY',
      text: `${who} has a ClusterIP of ${words(own)} alone, and the client has ${words(asking)} alone`,
      hint: 'set ipFamilyPolicy: PreferDualStack in a dual-stack cluster',
      place: placeInService(service, ['spec', 'ipFamilies']),
      certain: true,
    },
  ];
};

const ofPods = (facts: Facts): readonly Cause[] => {
  const { service, ports, who, stated } = facts;
  const wanted = [...new Set(ports.map(({ family }) => family))].sort();
  const pods = usablePods(facts).filter(({ ips }) => ips.length > 0);
  const there = familiesOf(pods.flatMap(({ ips }) => ips));
  if (stated || pods.length === 0 || wanted.length === 0 || wanted.some((family) => there.includes(family))) return [];
  return [
    {
      code: 'SERVICE_FAMILY',
      text: `the ClusterIP of ${who} is ${words(wanted)}, and its pods have addresses of ${words(there)} alone`,
      hint: `set ipFamilies to [${words(there)}]`,
      place: placeInService(service, ['spec', 'ipFamilies']),
      certain: true,
    },
  ];
};

/** Client, Service and pods share no family of addresses. */
export const familyCauses: Check = (facts) => [...ofClient(facts), ...ofPods(facts)];
