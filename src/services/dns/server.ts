import { parseIp } from '../../net/ip.ts';
import { contains } from '../../net/prefix.ts';
import { answer } from './answer.ts';
import { isBelow } from './parse.ts';
import { type Answer, empty, type RecordType } from './record.ts';
import { NODE_NAMESERVER } from './resolver.ts';
import type { NameService } from './setup.ts';

const isInside = ({ zone }: NameService, nameserver: string): boolean => {
  const { services, pods } = zone.cluster.subnets;
  const ip = parseIp(nameserver);
  return ip !== undefined && [...services, ...pods].some((range) => contains(range, ip));
};

/**
 * What a nameserver answers. The cluster DNS is known; one outside does not know the cluster's domain, and what else it knows is not known;
 * nor is anything of another server inside the cluster.
 */
export const ask = (names: NameService, nameserver: string, name: string, type: RecordType): Answer => {
  if (names.isCluster(nameserver)) return answer(names.zone, name, type);
  const who = nameserver === NODE_NAMESERVER ? "the node's nameserver" : nameserver;
  const { domain } = names.zone;
  if (isBelow(name.toLowerCase(), domain) && !isInside(names, nameserver))
    return empty('NXDOMAIN', `${who} is not the cluster DNS and does not know ${domain}`);
  return empty('FORWARDED', `what ${who} answers is not known`);
};
