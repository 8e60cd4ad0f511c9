import type { Chain, Match, NfRule } from '../../linux/netfilter.ts';
import type { Ip } from '../../net/ip.ts';
import { contains } from '../../net/prefix.ts';
import { portInRange } from '../../net/protocol.ts';
import { once } from '../memo.ts';
import type { ProxySite, ServicePort } from '../types.ts';

const excludes = (match: Match, dst: Ip, dport: number | undefined): boolean => {
  const not = match.not ?? false;
  if (match.match === 'daddr') return contains(match.prefix, dst) === not;
  if (match.match !== 'dport') return false;
  return (dport !== undefined && match.ports.some((range) => portInRange(dport, range))) === not;
};

const mayMatch = (rule: NfRule, dst: Ip, dport: number | undefined): boolean =>
  !rule.matches.some((match) => excludes(match, dst, dport));

/** How the chains that all Services share are put together. */
export type SharedChains = (
  name: string,
  /** The rules of one service port in this chain. */
  of: (port: ServicePort) => readonly NfRule[],
  /** Rules after those of all Services. */
  tail?: readonly NfRule[],
) => Chain;

/**
 * Chains with rules for every service port. Where there are more than LARGE, they are made only for what a packet can match: the ports
 * with its destination as an address, or with its destination port as their node port.
 */
export const createSharedChains = ({ table, family }: ProxySite): SharedChains => {
  const places = once(() => new Map(table.ports(family).map((port, i) => [port, i])));
  const place = (port: ServicePort): number => places().get(port) ?? 0;
  const candidates = (dst: Ip, dport: number | undefined): readonly ServicePort[] => {
    if (dport === undefined) return [];
    const found = [...table.at(dst), ...table.onNodePort(dport)].filter((port) => port.family === family);
    return found.length < 2 ? found : [...new Set(found)].sort((a, b) => place(a) - place(b));
  };
  return (name, of, tail = []) => {
    const rules = once(() => [...table.ports(family).flatMap(of), ...tail]);
    if (!table.isLarge) return { name, rules: rules() };
    return {
      name,
      get rules() {
        return rules();
      },
      narrow: (dst, dport) =>
        [...candidates(dst, dport).flatMap(of), ...tail].filter((rule) => mayMatch(rule, dst, dport)),
    };
  };
};
