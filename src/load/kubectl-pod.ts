import type { ContainerPort, Labels, Pod } from '../model/cluster.ts';
import type { Place } from '../model/place.ts';
import { type Ip, parseIp } from '../net/ip.ts';
import { ipsOf } from './kubectl-node.ts';
import { dnsConfigOf, dnsPolicyOf } from './pod-dns.ts';
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
  const phase = phaseOf(status['phase']);
  const owner = ownerOf(metadata['ownerReferences']);
  const pod: Mutable<Pod> = {
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
    ready: isReady(status['conditions'], phase),
    place,
  };
  if (owner) pod.owner = owner;
  if (typeof metadata['deletionTimestamp'] === 'string') pod.terminating = true;
  addDns(pod, spec);
  const sidecarPorts = portsOf(spec['initContainers'], (container) => container['restartPolicy'] === 'Always');
  if (sidecarPorts.length > 0) pod.sidecarPorts = sidecarPorts;
  return pod;
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A manifest that was never sent to a cluster has no status: its pod is taken to run. */
const phaseOf = (phase: unknown): Pod['phase'] =>
  phase === undefined ? 'Running' : (PHASES.find((p) => p === phase) ?? 'Unknown');

const addDns = (pod: Mutable<Pod>, spec: Mapping): void => {
  const hostname = textOf(spec['hostname']);
  const subdomain = textOf(spec['subdomain']);
  if (hostname !== undefined) pod.hostname = hostname;
  if (subdomain !== undefined) pod.subdomain = subdomain;
  // ClusterFirst is the default, and an API server writes it into every pod.
  const policy = spec['dnsPolicy'] === 'ClusterFirst' ? undefined : dnsPolicyOf(spec['dnsPolicy']);
  if (policy) pod.dnsPolicy = policy;
  if (spec['dnsConfig'] !== undefined) pod.dnsConfig = dnsConfigOf(spec['dnsConfig']);
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

/** What the condition says; without any condition, what runs is taken to be ready. */
const isReady = (conditions: unknown, phase: Pod['phase']): boolean => {
  const listed = listOf(conditions);
  for (const condition of listed) {
    const { type, status } = mappingOf(condition);
    if (type === 'Ready') return status === 'True';
  }
  return listed.length === 0 && phase === 'Running';
};

const ownerOf = (references: unknown): { readonly kind: string; readonly name: string } | undefined => {
  const all = listOf(references);
  const owner = all.find((reference) => mappingOf(reference)['controller'] === true) ?? all[0];
  const { kind, name } = mappingOf(owner);
  return typeof kind === 'string' && typeof name === 'string' ? { kind, name } : undefined;
};

const portsOf = (containers: unknown, isMeant?: (container: Mapping) => boolean): readonly ContainerPort[] => {
  let ports: ContainerPort[] | undefined;
  for (const container of listOf(containers)) {
    if (isMeant && !isMeant(mappingOf(container))) continue;
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
