import { familyOf, formatIp } from '../../net/ip.ts';
import type { AddressDoc, LinkDoc } from '../document.ts';
import type { Address, Link } from '../link.ts';
import type { Netns } from '../netns.ts';
import { listAddresses } from '../print/address.ts';
import { orAny } from '../print/link.ts';
import { linkFlags, netnsid, operstate, qdisc, queueLength } from '../print/link-state.ts';

const addressDoc = (address: Address, secondary: boolean): AddressDoc => {
  const v4 = familyOf(address.local) === 4;
  return {
    family: v4 ? 'inet' : 'inet6',
    local: formatIp(address.local),
    prefixlen: address.prefixlen,
    ...(address.broadcast !== undefined && { broadcast: formatIp(address.broadcast) }),
    scope: address.scope,
    ...(secondary && { secondary }),
    ...(address.noprefixroute && { noprefixroute: true }),
    ...(v4 && { label: address.dev }),
    ...(address.origin && { origin: address.origin }),
  };
};

const infoData = (link: Link): Record<string, string | number | boolean> | undefined => {
  if (link.kind === 'vxlan') {
    const { id, local, dev, port, learning } = link;
    return {
      ...(link.external && { external: true }),
      id,
      ...(local !== undefined && { [typeof local === 'number' ? 'local' : 'local6']: formatIp(local) }),
      ...(dev !== undefined && { link: dev }),
      port,
      learning,
    };
  }
  if (link.kind !== 'ipip') return undefined;
  return { proto: 'any', remote: orAny(link.remote), local: orAny(link.local), ttl: link.ttl, pmtudisc: link.pmtudisc };
};

const isDatapath = ({ links }: Netns, ifname: string | undefined): boolean =>
  links.some((link) => link.kind === 'openvswitch' && link.ifname === ifname);

const linkInfo = (link: Link, netns: Netns): LinkDoc['linkinfo'] => {
  const data = infoData(link);
  const kind = link.kind === 'loopback' || link.kind === 'physical' ? undefined : link.kind;
  if (!kind && link.master === undefined) return undefined;
  return {
    ...(kind && { info_kind: kind }),
    ...(data && { info_data: data }),
    ...(link.master !== undefined &&
      (isDatapath(netns, link.master)
        ? { info_slave_kind: 'openvswitch' }
        : { info_slave_kind: 'bridge', info_slave_data: { hairpin: link.hairpin ?? false } })),
  };
};

const hardware = (link: Link): Pick<LinkDoc, 'link_type' | 'address'> => {
  if (link.kind === 'loopback') return { link_type: 'loopback', address: '00:00:00:00:00:00' };
  if (link.kind === 'ipip') return { link_type: 'ipip', address: formatIp(link.local) };
  return link.address === undefined ? { link_type: 'none' } : { link_type: 'ether', address: link.address };
};

const veth = (link: Link, netns: Netns): Pick<LinkDoc, 'link' | 'link_index' | 'link_netnsid'> => {
  if (link.kind !== 'veth') return {};
  const id = netnsid(link, netns);
  if (id === undefined) return { link: link.peer.ifname };
  return { ...(link.peer.ifindex !== undefined && { link_index: link.peer.ifindex }), link_netnsid: id };
};

/** A link with its addresses as `ip -d -j addr` prints it, without what the model does not hold. */
export const linkDoc = (link: Link, netns: Netns): LinkDoc => {
  const info = linkInfo(link, netns);
  return {
    ifindex: link.ifindex,
    ...veth(link, netns),
    ifname: link.ifname,
    flags: [...linkFlags(link, netns)],
    mtu: link.mtu,
    qdisc: qdisc(link),
    ...(link.master !== undefined && { master: link.master }),
    operstate: operstate(link, netns),
    txqlen: queueLength(link),
    ...hardware(link),
    ...(info && { linkinfo: info }),
    addr_info: listAddresses(netns.addresses, link.ifname).map(({ address, secondary }) =>
      addressDoc(address, secondary),
    ),
    ...(link.origin && { origin: link.origin }),
  };
};
