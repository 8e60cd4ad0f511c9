import { formatIp } from '../../net/ip.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { Link } from '../link.ts';

type Wireguard = Extract<Link, { readonly kind: 'wireguard' }>;

/** What `wg showconf …` prints, without the keys that are secret. */
export const printWireguard = (link: Wireguard): readonly string[] => [
  '[Interface]',
  `ListenPort = ${link.listenPort}`,
  ...link.peers.flatMap(({ publicKey, allowedIps, endpoint }) => [
    '',
    '[Peer]',
    `PublicKey = ${publicKey}`,
    `AllowedIPs = ${allowedIps.map(formatPrefix).join(', ')}`,
    `Endpoint = ${typeof endpoint.ip === 'number' ? formatIp(endpoint.ip) : `[${formatIp(endpoint.ip)}]`}:${endpoint.port}`,
  ]),
];
