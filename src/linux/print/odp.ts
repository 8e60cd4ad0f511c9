import { formatIp, type Ip } from '../../net/ip.ts';
import type { Mac } from '../../net/mac.ts';

/** The tunnel header that a flow of an Open vSwitch datapath matches, or sets. */
export type OdpTunnel = { readonly id: number; readonly src: Ip; readonly dst: Ip };

/** A flow of an Open vSwitch datapath; `from` with a frame that came out of a tunnel, `to` with one that goes into one. */
export type OdpFlow = {
  readonly inPort: string;
  readonly smac: Mac;
  readonly dmac: Mac;
  readonly from?: OdpTunnel;
  readonly to?: OdpTunnel;
  readonly outPort: string;
};

const ends = ({ id, src, dst }: OdpTunnel): string =>
  `tun_id=0x${id.toString(16)},src=${formatIp(src)},dst=${formatIp(dst)}`;

/** A flow as `ovs-dpctl --names dump-flows` prints it, without its counters and what it does not look at. */
export const printOdpFlow = ({ inPort, smac, dmac, from, to, outPort }: OdpFlow): string =>
  [
    from && `tunnel(${ends(from)}),`,
    `in_port(${inPort}),eth(src=${smac},dst=${dmac}), actions:`,
    to && `set(tunnel(${ends(to)},ttl=64,flags(df))),`,
    outPort,
  ]
    .filter((part) => part !== undefined)
    .join('');
