import type { NodeDoc } from './linux/document.ts';
import { linkDoc } from './linux/json/link.ts';
import { nftMapDocs, nftSetDocs } from './linux/json/nft.ts';
import { chainDocs, daemonDoc, fdbDoc, neighDoc, virtualServerDoc, xfrmDoc } from './linux/json/others.ts';
import { overlayDoc } from './linux/json/overlay.ts';
import { routeDoc, ruleDoc } from './linux/json/route.ts';
import type { Netns } from './linux/netns.ts';
import { tableName } from './linux/print/words.ts';
import { routesByTable } from './linux/route-tables.ts';
import { sectionsOf } from './linux/sections.ts';
import { formatIp } from './net/ip.ts';
import { formatPrefix } from './net/prefix.ts';
import type { PluginFile } from './plugins/plugin.ts';

const inet = (family: 4 | 6) => (family === 4 ? 'inet' : 'inet6');

const wireguard = (netns: Netns): NodeDoc['wireguard'] =>
  netns.links.flatMap((link) =>
    link.kind === 'wireguard'
      ? [
          {
            ifname: link.ifname,
            listenPort: link.listenPort,
            peers: link.peers.map(({ publicKey, endpoint: { ip, port }, allowedIps, origin }) => ({
              publicKey,
              endpoint: typeof ip === 'number' ? `${formatIp(ip)}:${port}` : `[${formatIp(ip)}]:${port}`,
              allowedIps: allowedIps.map(formatPrefix),
              ...(origin && { origin }),
            })),
          },
        ]
      : [],
  );

const fileSection = ({ path, text }: PluginFile): NodeDoc['sections'][number] => ({
  title: path.split('/').at(-1) ?? path,
  command: `cat ${path}`,
  lines: text.trimEnd().split('\n'),
});

/** The state of one namespace as the document `k8snet/node/v1`: data named as iproute2 does, and the tools' own text. */
export const describeNode = (netns: Netns, files: readonly PluginFile[] = []): NodeDoc => ({
  schema: 'k8snet/node/v1',
  node: netns.id,
  kind: netns.kind,
  links: netns.links.map((link) => linkDoc(link, netns)),
  routes: routesByTable(netns).map(({ family, table, routes }) => ({
    family: inet(family),
    table: tableName(table),
    routes: routes.map(routeDoc),
  })),
  rules: ([4, 6] as const).map((family) => ({
    family: inet(family),
    rules: netns.rules
      .filter((rule) => rule.family === family)
      .toSorted((a, b) => a.priority - b.priority)
      .map(ruleDoc),
  })),
  neigh: netns.neighbours.map(neighDoc),
  fdb: netns.fdb.map(fdbDoc),
  sysctls: { ...netns.sysctls },
  netfilter: netns.tables.flatMap(chainDocs),
  nftsets: netns.tables.flatMap(nftSetDocs),
  nftmaps: netns.tables.flatMap(nftMapDocs),
  ipsets: netns.ipsets.map(({ name, type, family, entries }) => ({
    name,
    type,
    family: inet(family),
    entries: [...entries],
  })),
  ...(netns.ipvs && { ipvs: netns.ipvs.servers.map(virtualServerDoc) }),
  xfrm: netns.xfrm.map(xfrmDoc),
  wireguard: wireguard(netns),
  daemons: netns.daemons.map(daemonDoc),
  ...(netns.overlays && { overlays: netns.overlays.map(overlayDoc) }),
  sections: [...sectionsOf(netns), ...files.map(fileSection)],
});
