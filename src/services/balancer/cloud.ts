import type { Balancer } from '../../fabric/fabric.ts';
import type { Service } from '../../model/service.ts';
import { formatIp, type Ip } from '../../net/ip.ts';
import type { Balanced } from './index.ts';

const balancerOf = ({ ip, mode, ports, origin }: Balanced): Balancer => ({
  ip,
  mode: mode === 'VIP' ? 'passthrough' : 'proxy',
  rules: ports.map(({ port, members }) => ({
    protocol: port.protocol,
    port: port.port,
    members: members.map((member) => ({ ip: member.ip, weight: member.alike })),
    line: `load balancer ${formatIp(ip)} ${port.protocol} ${port.port} -> ${members.map(({ node, alike }) => (alike > 1 ? `${node} and ${alike - 1} like it` : node)).join(', ') || 'no healthy node'}`,
  })),
  origin,
});

/** The load balancers of a cloud network by their address, each worked out when a packet asks for it. */
export const cloudBalancers = (
  services: readonly Service[],
  balancedOf: (service: Service) => readonly Balanced[],
): ((ip: Ip) => Balancer | undefined) => {
  const owners = new Map(services.flatMap((service) => service.ingress.map(({ ip }) => [ip, service] as const)));
  return (ip) => {
    const owner = owners.get(ip);
    const balanced = owner && balancedOf(owner).find((one) => one.ip === ip);
    return balanced && balancerOf(balanced);
  };
};
