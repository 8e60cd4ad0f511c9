import type { Target } from '../linux/netfilter.ts';
import type { Netns } from '../linux/netns.ts';
import { printEbtablesRule } from '../linux/print/ebtables.ts';
import type { Ip } from '../net/ip.ts';
import type { Mac } from '../net/mac.ts';
import { contains } from '../net/prefix.ts';
import { runChain } from './chain.ts';
import type { HookPlace, Next } from './hook-place.ts';
import { branch, drop, type Ended, type Env, type Path, type Skb, step } from './path.ts';
import type { Because } from './walk.ts';

// ebt_dnat, ebt_snat: another MAC, and on through the tables.
const readdressed = (skb: Skb, target: Target): Skb => {
  const { frame } = skb;
  if (!frame || (target.target !== 'ether-dnat' && target.target !== 'ether-snat')) return skb;
  const macs = target.target === 'ether-dnat' ? { dmac: target.mac } : { smac: target.mac };
  return { ...skb, frame: { ...frame, ...macs } };
};

/** The answer that ebtables gives to an ARP request for `ip` that came in by a bridge port, in place of whoever has it. */
export const arpReply = (
  env: Env,
  netns: Netns,
  port: string,
  ip: Ip,
): { readonly mac: Mac; readonly because: Because } | undefined => {
  for (const { table, chain } of env.netfilter(netns).bases('bridge', 'prerouting'))
    for (const rule of chain.rules) {
      const asked = rule.matches.some(
        (m) => m.match === 'arp' && m.op === 'Request' && (!m.dst || contains(m.dst, ip)),
      );
      const here = rule.matches.every((m) => m.match !== 'iifname' || m.ifname === port);
      if (rule.action.target !== 'arpreply' || !asked || !here) continue;
      const line = `-t ${table.name} ${printEbtablesRule(chain, rule)}`;
      return { mac: rule.action.mac, because: { of: 'ebtables', line, ...(rule.origin && { origin: rule.origin }) } };
    }
  return undefined;
};

/** Runs what ebtables has on one of the bridge's own hooks: it lets a frame pass, marks it, gives it another MAC, or drops it. */
export const runEbtables = (path: Path, netns: Netns, skb: Skb, place: HookPlace, next: Next): Ended[] => {
  const bases = path.env.netfilter(netns).bases('bridge', place.hook);
  const run =
    (index: number): Next =>
    (p, s) => {
      const base = bases[index];
      if (!base) return next(p, s);
      const view = { path: p, netns, skb: s, iif: place.iif, oif: place.oif };
      return runChain(base, view, 0).flatMap((decision) => {
        const fork = branch(p, decision.probability);
        const dropped = decision.target.target === 'DROP';
        const detail = {
          kind: 'filter',
          hook: place.hook,
          table: `ebtables ${base.table.name}`,
          chain: base.chain.name,
          verdict: dropped ? 'drop' : 'accept',
          tried: decision.tried,
          policy: decision.policy,
        } as const;
        const seen = decision.tried.length === 0 ? fork : step(fork, netns.id, s, detail, decision.because);
        const at = { netns: netns.id, dev: place.oif ?? place.iif };
        if (dropped)
          return drop(
            seen,
            at,
            s,
            { code: 'EBTABLES_DROP', detail: base.chain.name, dropReason: 'NETFILTER_DROP' },
            decision.because,
          );
        return run(index + 1)(seen, readdressed({ ...s, mark: decision.mark }, decision.target));
      });
    };
  return bases.length === 0 ? next(path, skb) : run(0)(path, skb);
};
