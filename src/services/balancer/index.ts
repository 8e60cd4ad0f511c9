import type { World } from '../../fabric/world.ts';
import { type Origin, originAt } from '../../linux/origin.ts';
import type { Cluster } from '../../model/cluster.ts';
import type { Ingress, Service } from '../../model/service.ts';
import { familyOf, type Ip } from '../../net/ip.ts';
import type { ServicePort, ServiceTable } from '../types.ts';
import { cloudBalancers } from './cloud.ts';
import { type Member, membersOf } from './members.ts';
import { balanceByRouter } from './router.ts';

/** One address of a Service's load balancer, with the ports that it takes and the nodes that it hands them to. */
export type Balanced = {
  readonly ip: Ip;
  readonly mode: NonNullable<Ingress['ipMode']>;
  readonly ports: readonly { readonly port: ServicePort; readonly members: readonly Member[] }[];
  readonly origin: Origin;
};

const NOTE = 'the load balancer hands packets to every node that passes its health check, with the client address kept';
const PROXY_NOTE = 'the load balancer sends to the node port of a healthy node, from its own address (ipMode: Proxy)';

const balancedOf = (cluster: Cluster, table: ServiceTable, service: Service): readonly Balanced[] =>
  service.ingress.flatMap(({ ip, ipMode = 'VIP' }) => {
    if (ip === undefined) return [];
    const ports = table
      .of(service)
      .filter(({ family }) => family === familyOf(ip))
      .map((port) => ({ port, members: membersOf(cluster, table, port) }));
    const about = { kind: 'Service', namespace: service.namespace, name: service.name } as const;
    const note = ipMode === 'VIP' ? NOTE : PROXY_NOTE;
    return [{ ip, mode: ipMode, ports, origin: originAt({ ...about, note, known: 'assumed' }, service.place) }];
  });

/**
 * Puts the load balancers of the Services in front of a world. Behind a router they are routes of that router (as a BGP speaker
 * leaves them) or, for ipMode Proxy, rules of it; in a cloud network they are the network's own.
 */
export const withBalancers = (cluster: Cluster, table: ServiceTable, world: World): World => {
  const services = cluster.services.filter(({ type, ingress }) => type === 'LoadBalancer' && ingress.length > 0);
  if (services.length === 0) return world;
  const { gateway } = world.fabric;
  if (!gateway) {
    const find = cloudBalancers(services, (service) => balancedOf(cluster, table, service));
    return { fabric: { ...world.fabric, balancer: find }, netns: world.netns };
  }
  let router: ReturnType<World['netns']>;
  return {
    fabric: world.fabric,
    netns: (id) => {
      const netns = world.netns(id);
      if (!netns || id !== gateway.netns) return netns;
      router ??= balanceByRouter(
        netns,
        services.flatMap((service) => balancedOf(cluster, table, service)),
      );
      return router;
    },
  };
};
