import { createHash } from 'node:crypto';
import type { Backend, ServicePort } from './types.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The first `length` characters, at most 51, of the base32 (RFC 4648) of a text's SHA-256: how kube-proxy makes names short enough for the kernel. */
export const hash32 = (text: string, length: number): string => {
  const bytes = createHash('sha256').update(text).digest();
  let out = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5 && out.length < length) {
      bits -= 5;
      out += BASE32[(value >>> bits) & 31];
    }
  }
  return out;
};

/** kubernetes pkg/proxy/iptables/proxier.go portProtoHash. */
const hash16 = (text: string): string => hash32(text, 16);

/** The chains of a service port in iptables mode. */
export type PortChains = {
  /** Balances over the endpoints of traffic policy Cluster. */
  readonly svc: string;
  /** Over those of traffic policy Local. */
  readonly svl: string;
  /** What comes by nodePort, external IP or load balancer. */
  readonly ext: string;
  /** The source ranges of a load balancer. */
  readonly fw: string;
};

export const portChains = ({ name, protocol }: Pick<ServicePort, 'name' | 'protocol'>): PortChains => {
  const hash = hash16(`${name}${protocol}`);
  return { svc: `KUBE-SVC-${hash}`, svl: `KUBE-SVL-${hash}`, ext: `KUBE-EXT-${hash}`, fw: `KUBE-FW-${hash}` };
};

/** The chain of one endpoint, e.g. KUBE-SEP-SXIVWICOYRO3J4NJ. */
export const endpointChain = (
  { name, protocol }: Pick<ServicePort, 'name' | 'protocol'>,
  { text }: Pick<Backend, 'text'>,
): string => `KUBE-SEP-${hash16(`${name}${protocol}${text}`)}`;

/** Whether kube-proxy could have named a chain so for a Service. */
export const isPortChain = (chain: string): boolean => /^KUBE-(SVC|SVL|EXT|FW|SEP)-/.test(chain);
