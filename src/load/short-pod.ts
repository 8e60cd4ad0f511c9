import type { ContainerPort, Pod } from '../model/cluster.ts';
import type { Path } from '../model/place.ts';
import type { Gathered } from './gathered.ts';
import { lazyPlace, present } from './gathered.ts';
import { dnsConfigOf, dnsPolicyOf } from './pod-dns.ts';
import {
  flagOf,
  isMapping,
  listOf,
  type Mapping,
  mappingOf,
  numberOf,
  type Reading,
  readIp,
  readIps,
  report,
  stringMap,
  textOf,
} from './read.ts';
import type { SourceDocument } from './source.ts';

const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'] as const;
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;

/** Reads one pod of the short form. `parent` is the node it stands under. What has the wrong type is left out: the shape check names it. */
export const readPod = (
  document: SourceDocument,
  reading: Reading,
  into: Gathered,
  value: Mapping,
  path: Path,
  parent?: string,
): void => {
  // Without a name it is still read, for the mistakes in the rest of it.
  const name = textOf(value['name']) ?? path.join(' ');
  const stated = textOf(value['node']);
  if (parent !== undefined && stated !== undefined && stated !== parent) {
    report(
      reading,
      'UNKNOWN_NODE',
      [...path, 'node'],
      `pod "${name}" stands under node "${parent}" but names "${stated}"`,
    );
  }
  const phase = PHASES.find((p) => p === value['phase']) ?? 'Running';
  const finished = phase === 'Succeeded' || phase === 'Failed';
  const node = parent ?? stated;
  if (node === undefined && phase === 'Running' && value['node'] === undefined) {
    report(
      reading,
      'MISSING_KEY',
      path,
      `pod "${name}" names no node`,
      'add node: NAME, or list the pod under its node',
    );
  }
  const ips = readIps(reading, value['ip'], [...path, 'ip']);
  const pod: Pod = {
    name,
    namespace: textOf(value['namespace']) ?? 'default',
    node,
    ips: finished ? [] : ips,
    labels: stringMap(value['labels']),
    annotations: stringMap(value['annotations']),
    ports: listOf(value['ports']).flatMap((port, i) => readPort(reading, port, [...path, 'ports', i])),
    hostNetwork: value['hostNetwork'] === true,
    phase,
    ready: flagOf(value['ready']) ?? phase === 'Running',
    ...present<Pod>({
      terminating: flagOf(value['terminating']),
      hostname: textOf(value['hostname']),
      subdomain: textOf(value['subdomain']),
      dnsPolicy: dnsPolicyOf(value['dnsPolicy']),
      dnsConfig: isMapping(value['dnsConfig']) ? dnsConfigOf(value['dnsConfig']) : undefined,
    }),
    place: lazyPlace(document, path),
  };
  into.shortPods.push(pod);
  into.spots.set(pod, (key) => document.at([...path, key]));
};

const readPort = (reading: Reading, value: unknown, path: Path): readonly ContainerPort[] => {
  const port = numberOf(value) ?? numberOf(mappingOf(value)['port']);
  if (port === undefined) return [];
  const { name, protocol, hostPort, hostIP } = mappingOf(value);
  const wanted = textOf(protocol)?.toUpperCase();
  const text = textOf(hostIP);
  const ip = text === undefined ? undefined : readIp(reading, text, [...path, 'hostIP']);
  return [
    {
      port,
      protocol: PROTOCOLS.find((p) => p === wanted) ?? 'TCP',
      ...(typeof name === 'string' ? { name } : {}),
      ...(typeof hostPort === 'number' ? { hostPort } : {}),
      ...(ip === undefined ? {} : { hostIP: ip }),
    },
  ];
};
