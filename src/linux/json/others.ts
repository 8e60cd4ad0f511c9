import { formatIp } from '../../net/ip.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { DaemonDoc, FdbDoc, NeighDoc, VirtualServerDoc, XfrmDoc } from '../document.ts';
import type { ChainDoc } from '../document-netfilter.ts';
import type { VirtualServer } from '../ipvs.ts';
import type { FdbEntry, Neigh } from '../neigh.ts';
import type { Table } from '../netfilter.ts';
import type { UdpTunnelDaemon, XfrmPolicy } from '../netns.ts';
import { lineOfRule } from '../print/line.ts';
import { hex } from '../print/words.ts';

/** A neighbour as `ip -j neigh` prints it. */
export const neighDoc = (neigh: Neigh): NeighDoc => ({
  dst: formatIp(neigh.dst),
  dev: neigh.dev,
  ...(neigh.lladdr !== undefined && { lladdr: neigh.lladdr }),
  ...(neigh.proxy && { proxy: null }),
  state: neigh.proxy ? [] : [neigh.state.toUpperCase()],
  ...(neigh.origin && { origin: neigh.origin }),
});

/** A forwarding entry as `bridge -j fdb` prints it. */
export const fdbDoc = (entry: FdbEntry): FdbDoc => ({
  mac: entry.mac,
  ifname: entry.ifname,
  ...(entry.dst !== undefined && { dst: formatIp(entry.dst) }),
  flags: entry.master === undefined ? ['self'] : [],
  ...(entry.master !== undefined && { master: entry.master }),
  state: entry.state === 'learned' ? '' : entry.state,
  ...(entry.origin && { origin: entry.origin }),
});

export const xfrmDoc = (policy: XfrmPolicy): XfrmDoc => ({
  dir: policy.dir,
  src: formatPrefix(policy.src),
  dst: formatPrefix(policy.dst),
  tmpl: { src: formatIp(policy.tmpl.src), dst: formatIp(policy.tmpl.dst), reqid: policy.tmpl.reqid },
  ...(policy.mode && { mode: policy.mode }),
  ...(policy.udpPort !== undefined && { udpPort: policy.udpPort }),
  ...(policy.mark && { mark: `${hex(policy.mark.value)}/${hex(policy.mark.mask)}` }),
  ...(policy.udpEncap !== undefined && { udpEncap: policy.udpEncap }),
  ...(policy.origin && { origin: policy.origin }),
});

/** A table's chains, each rule with its line and who made it. */
export const chainDocs = (table: Table): ChainDoc[] =>
  table.chains.map((chain) => ({
    tool: table.tool,
    family: table.family,
    table: table.name,
    chain: chain.name,
    ...(chain.base && { hook: chain.base.hook, priority: chain.base.priority, policy: chain.base.policy }),
    ...(chain.comment !== undefined && { comment: chain.comment }),
    rules: chain.rules.map((rule) => ({
      line: lineOfRule(table, chain, rule),
      ...(rule.origin && { origin: rule.origin }),
    })),
  }));

export const daemonDoc = (daemon: UdpTunnelDaemon): DaemonDoc => ({
  name: daemon.name,
  tun: daemon.tun,
  local: formatIp(daemon.local),
  port: daemon.port,
  lookup: daemon.lookup,
  routes: daemon.routes.map((route) => ({
    dst: formatPrefix(route.dst),
    via: formatIp(route.via),
    port: route.port,
    line: route.line,
    ...(route.origin && { origin: route.origin }),
  })),
  ...(daemon.origin && { origin: daemon.origin }),
});

export const virtualServerDoc = (service: VirtualServer): VirtualServerDoc => {
  const { protocol, ip, port, scheduler, schedFlags, persistent, realServers, origin } = service;
  return {
    protocol,
    ip: formatIp(ip),
    port,
    scheduler,
    ...(schedFlags && { schedFlags: [...schedFlags] }),
    ...(persistent !== undefined && { persistent }),
    realServers: realServers.map((server) => ({ ...server, ip: formatIp(server.ip) })),
    ...(origin && { origin }),
  };
};
