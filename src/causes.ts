import type { ServiceQuestion } from './aim.ts';
import { OUTSIDE } from './dataplane/index.ts';
import type { End, Via } from './end.ts';
import type { Cluster } from './model/cluster.ts';
import { type Cause, type Client, diagnose, type Question } from './services/diagnose/index.ts';
import type { ServicesPlan } from './services/index.ts';

const clientOf = ({ netns, ips, who }: End): Client => {
  const { pod, node } = who ?? {};
  if (netns === OUTSIDE) return { kind: 'outside', ips };
  if (!pod) return { kind: 'node', ips, ...(node && { node: node.name }) };
  const { namespace, name, node: home } = pod;
  return { kind: 'pod', namespace, name, ips, ...(home !== undefined && { node: home }) };
};

const VIA: Readonly<Record<Via, Question['via']>> = {
  clusterIP: 'clusterIP',
  nodePort: 'nodePort',
  externalIP: 'externalIP',
  loadBalancer: 'vip',
  headless: 'name',
  externalName: 'name',
};

/** Why a Service may not answer, as the manifests show it. */
export const causesOf = (
  cluster: Cluster,
  { table, config }: Pick<ServicesPlan, 'table' | 'config'>,
  asked: ServiceQuestion,
  from: End,
  to: End,
): readonly Cause[] => {
  const { service, spec, via, family, port, protocol } = asked;
  const found = table.of(service).find((one) => one.family === family && one.spec === spec);
  const meant = found ?? port;
  const node = cluster.nodes.find(({ ips }) => asked.ip !== undefined && ips.includes(asked.ip));
  return diagnose({
    cluster,
    table,
    service,
    ...(meant !== undefined && { port: meant }),
    protocol,
    client: clientOf(from),
    proxy: config,
    via: VIA[via],
    ...(node && via === 'nodePort' && { targetNode: node.name }),
    ...(via !== 'nodePort' && to.who?.node && { targetNode: to.who.node.name }),
  });
};
