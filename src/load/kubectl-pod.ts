import type { ContainerPort, Labels, Pod } from '../model/cluster.ts';
import type { Place } from '../model/place.ts';
import { type Ip, parseIp } from '../net/ip.ts';
import { ipsOf } from './kubectl-node.ts';
import { listOf, type Mapping, mappingOf, stringMap, textOf } from './read.ts';

const PHASES = ['Running', 'Pending', 'Succeeded', 'Failed', 'Unknown'] as const;
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;
// Shared by the many pods that have none.
const NO_LABELS: Labels = Object.freeze({});
const NO_PORTS: readonly ContainerPort[] = Object.freeze([]);
const NO_IPS: readonly Ip[] = Object.freeze([]);

/** Reads a Kubernetes Pod: the few fields that matter, trusting nothing. This runs once per pod of a real cluster: keep it lean. */
export const decodePod = (value: Mapping, place: Place): Pod | undefined => {
  const metadata = mappingOf(value['metadata']);
  const name = textOf(metadata['name']);
  if (name === undefined) return undefined;
  const spec = mappingOf(value['spec']);
  const status = mappingOf(value['status']);
  const phase = PHASES.find((p) => p === status['phase']) ?? 'Unknown';
  const owner = ownerOf(metadata['ownerReferences']);
  return {
    name,
    namespace: textOf(metadata['namespace']) ?? 'default',
    node: textOf(spec['nodeName']),
    // A finished pod may still carry its address, but its network namespace is gone and the address may be another pod's.
    ips: phase === 'Succeeded' || phase === 'Failed' ? NO_IPS : podIps(status),
    labels: mapOf(metadata['labels']),
    annotations: mapOf(metadata['annotations']),
    ports: portsOf(spec['containers']),
    hostNetwork: spec['hostNetwork'] === true,
    phase,
    ready: isReady(status['conditions']),
    ...(owner ? { owner } : {}),
    place,
  };
};

const mapOf = (value: unknown): Labels => {
  if (value === undefined || value === null) return NO_LABELS;
  return stringMap(value);
};

const podIps = (status: Mapping): readonly Ip[] => {
  const several = listOf(status['podIPs']);
  if (several.length > 1) return ipsOf(several.map((entry) => mappingOf(entry)['ip'] ?? entry));
  const text = status['podIP'] ?? mappingOf(several[0])['ip'];
  const ip = typeof text === 'string' ? parseIp(text) : undefined;
  return ip === undefined ? NO_IPS : [ip];
};

const isReady = (conditions: unknown): boolean => {
  for (const condition of listOf(conditions)) {
    const { type, status } = mappingOf(condition);
    if (type === 'Ready') return status === 'True';
  }
  return false;
};

const ownerOf = (references: unknown): { readonly kind: string; readonly name: string } | undefined => {
  const all = listOf(references);
  const owner = all.find((reference) => mappingOf(reference)['controller'] === true) ?? all[0];
  const { kind, name } = mappingOf(owner);
  return typeof kind === 'string' && typeof name === 'string' ? { kind, name } : undefined;
};

const portsOf = (containers: unknown): readonly ContainerPort[] => {
  let ports: ContainerPort[] | undefined;
  for (const container of listOf(containers)) {
    for (const item of listOf(mappingOf(container)['ports'])) {
      const port = decodePort(mappingOf(item));
      if (port) {
        ports ??= [];
        ports.push(port);
      }
    }
  }
  return ports ?? NO_PORTS;
};

const decodePort = ({ name, containerPort, protocol, hostPort, hostIP }: Mapping): ContainerPort | undefined => {
  if (typeof containerPort !== 'number') return undefined;
  const ip = typeof hostIP === 'string' ? parseIp(hostIP) : undefined;
  return {
    port: containerPort,
    protocol: PROTOCOLS.find((p) => p === protocol) ?? 'TCP',
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof hostPort === 'number' && hostPort > 0 ? { hostPort } : {}),
    ...(ip === undefined ? {} : { hostIP: ip }),
  };
};
