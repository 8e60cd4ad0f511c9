import type { Target } from '../linux/netfilter.ts';
import type { Netns } from '../linux/netns.ts';
import { familyOf } from '../net/ip.ts';
import { runChain } from './chain.ts';
import { connectionOf, putConnection } from './conntrack.ts';
import { conclude } from './filter-hook.ts';
import type { HookPlace, Next, Stage } from './hook-place.ts';
import { isManipulated, manipOf, manipulate, type NatChoice, setupNat } from './nat.ts';
import type { Base } from './nf-index.ts';
import type { Ended, Path, Skb } from './path.ts';
import { branch, step } from './path.ts';
import { selectAddress } from './source.ts';
import type { StepDetail } from './walk.ts';

const natKind = (target: Target): 'dnat' | 'snat' | 'masquerade' | 'redirect' =>
  target.target === 'MASQUERADE'
    ? 'masquerade'
    : target.target === 'REDIRECT'
      ? 'redirect'
      : target.target === 'SNAT'
        ? 'snat'
        : 'dnat';

const choiceOf = (netns: Netns, place: HookPlace, skb: Skb, target: Target): NatChoice | 'no-address' | undefined => {
  switch (target.target) {
    case 'DNAT':
      return { side: 'dst', ...target.to };
    case 'SNAT':
      return { side: 'src', ...target.to };
    case 'REDIRECT': {
      const ip =
        place.hook === 'output'
          ? familyOf(skb.packet.dst) === 4
            ? 0x7f000001
            : 1n
          : selectAddress(netns, place.iif ?? 'lo', skb.packet.src);
      return { side: 'dst', ip, port: target.port };
    }
    case 'MASQUERADE': {
      const ip = place.oif === undefined ? undefined : selectAddress(netns, place.oif, place.nexthop ?? skb.packet.dst);
      return ip === undefined ? 'no-address' : { side: 'src', ip };
    }
    default:
      return undefined;
  }
};

/** nf_nat_inet_fn(): chains are asked only by the first packet, then every packet is rewritten as was decided. */
export const natStage =
  (netns: Netns, place: HookPlace, chains: readonly Base[]): Stage =>
  (path, skb, next) => {
    const side = manipOf(place.hook);
    const connection = connectionOf(path, netns.id, skb.nfct);
    if (!side || !connection || !skb.nfct) return next(path, skb);
    const done = side === 'src' ? connection.srcDone : connection.dstDone;
    if (skb.nfct.state === 'NEW' && skb.nfct.dir === 'original' && !done)
      return ask(netns, place, chains, path, skb, next);
    return translate(netns, place, path, skb, next);
  };

const ask = (netns: Netns, place: HookPlace, chains: readonly Base[], path: Path, skb: Skb, next: Next): Ended[] => {
  const side = manipOf(place.hook);
  const connection = connectionOf(path, netns.id, skb.nfct);
  const [first, ...rest] = chains;
  if (!side || !connection) return next(path, skb);
  if (!first) {
    // The null binding: the port may still have to make way for another connection's.
    const bound = setupNat(path.connections, netns.id, connection, skb.packet, { side });
    const recorded = putConnection(path, netns.id, bound);
    return next(recorded, { ...skb, packet: skb.nfct ? manipulate(skb.packet, bound, skb.nfct, side) : skb.packet });
  }
  const view = { path, netns, skb, iif: place.iif, oif: place.oif };
  return runChain(first, view, connection.mark).flatMap((decision) => {
    const fork = branch(path, decision.probability);
    const marked: Skb = { ...skb, mark: decision.mark };
    const choice = choiceOf(netns, place, skb, decision.target);
    if (decision.target.target === 'DROP' || decision.target.target === 'REJECT' || choice === 'no-address')
      return conclude(
        fork,
        netns,
        place,
        first.table,
        first.chain,
        marked,
        { ...decision, target: { target: 'DROP' } },
        next,
      );
    if (!choice) {
      const skip: StepDetail = {
        kind: 'skip',
        what: 'nat',
        hook: place.hook,
        table: first.table.name,
        tried: decision.tried,
      };
      const quiet = decision.tried.length === 0 ? fork : step(fork, netns.id, marked, skip, decision.because);
      return ask(netns, place, rest, quiet, marked, next);
    }
    const bound = setupNat(fork.connections, netns.id, connection, skb.packet, choice);
    const recorded = putConnection(fork, netns.id, bound);
    const packet = skb.nfct ? manipulate(skb.packet, bound, skb.nfct, side) : skb.packet;
    const detail: StepDetail = {
      kind: 'translate',
      hook: place.hook,
      table: first.table.name,
      nat: natKind(decision.target),
      before: skb.packet,
      tried: decision.tried,
    };
    const translated: Skb = { ...marked, packet };
    return next(step(recorded, netns.id, translated, detail, decision.because), translated);
  });
};

const translate = (netns: Netns, place: HookPlace, path: Path, skb: Skb, next: Next): Ended[] => {
  const side = manipOf(place.hook);
  const connection = connectionOf(path, netns.id, skb.nfct);
  if (!side || !connection || !skb.nfct || !isManipulated(connection, skb.nfct, side)) return next(path, skb);
  const packet = manipulate(skb.packet, connection, skb.nfct, side);
  const reply = skb.nfct.dir === 'reply';
  const nat = reply ? (side === 'dst' ? 'un-snat' : 'un-dnat') : side === 'dst' ? 'dnat' : 'snat';
  const detail: StepDetail = {
    kind: 'translate',
    hook: place.hook,
    table: 'conntrack',
    nat,
    before: skb.packet,
    tried: [],
  };
  const line = 'decided by the first packet of the connection; no rule is evaluated';
  return next(step(path, netns.id, { ...skb, packet }, detail, [{ of: 'conntrack', line }]), { ...skb, packet });
};
