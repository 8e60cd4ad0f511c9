import { hash32 } from '../names.ts';
import type { Backend, ServicePort } from '../types.ts';

/** The chains of a service port. */
export type PortChains = {
  /** Over the endpoints of traffic policy Cluster. */
  readonly service: string;
  /** Over those of traffic policy Local. */
  readonly local: string;
  /** What comes by nodePort, external IP or load balancer. */
  readonly external: string;
  /** The source ranges of a load balancer. */
  readonly firewall: string;
};

type Named = Pick<ServicePort, 'service' | 'spec' | 'protocol'>;

/** nft takes names of 256 characters, of which 16 are kept for the longest prefix. */
const BASE_MAX = 240;

// The hash keeps names apart that are cut, and shows at a glance that two long ones differ.
const base = (text: string): string => {
  const name = `${hash32(text, 8)}-${text}`;
  return name.length > BASE_MAX ? `${name.slice(0, BASE_MAX - 3)}...` : name;
};

const textOf = ({ service, spec, protocol }: Named): string =>
  `${service.namespace}/${service.name}/${protocol}/${spec.name}`;

/** `P4ZYZVCF-testing/service/tcp/http` (kubernetes pkg/proxy/nftables/proxier.go servicePortChainNameBase). */
export const portBase = (port: Named): string => base(textOf(port));

// `[fd00::1]:80` to `fd00..1/80`: a name has no colons.
const slashed = (text: string): string =>
  text
    .replace(/:(\d+)$/, '/$1')
    .replace(/[[\]]/g, '')
    .replaceAll(':', '.');

/** `JO2XBXZR-testing/service/tcp/http__10.180.0.1/80` (servicePortEndpointChainNameBase). */
export const endpointBase = (port: Named, { text }: Pick<Backend, 'text'>): string =>
  base(`${textOf(port)}__${slashed(text)}`);

export const portChains = (port: Named): PortChains => {
  const name = portBase(port);
  return {
    service: `service-${name}`,
    local: `local-${name}`,
    external: `external-${name}`,
    firewall: `firewall-${name}`,
  };
};

/** The chain of an endpoint, and the set of clients that stay with it; only for Services with ClientIP affinity. */
export const endpointNames = (
  port: Named,
  backend: Pick<Backend, 'text'>,
): { readonly chain: string; readonly affinity: string } => {
  const name = endpointBase(port, backend);
  return { chain: `endpoint-${name}`, affinity: `affinity-${name}` };
};

/** Which service port a chain or an affinity set is of; undefined for those that belong to none, whose names have no slash. */
export const ownerOf = (
  name: string,
):
  | { readonly namespace: string; readonly name: string; readonly protocol: string; readonly port: string }
  | undefined => {
  const parts = /^[a-z]+-[A-Z2-7]{8}-([^/]+)\/([^/]+)\/([a-z]+)\/([^/_]*)/.exec(name);
  const [, namespace, service, protocol, port] = parts ?? [];
  if (namespace === undefined || service === undefined || protocol === undefined || port === undefined)
    return undefined;
  return { namespace, name: service, protocol, port };
};
