import type { Node, NodeInterface } from '../model/cluster.ts';
import type { Path } from '../model/place.ts';
import { parseCidr } from '../net/prefix.ts';
import { type Gathered, lazyPlace, present } from './gathered.ts';
import {
  flagOf,
  listOf,
  type Mapping,
  mappingOf,
  numberOf,
  type Reading,
  readIps,
  readMac,
  readPrefixes,
  report,
  stringMap,
  textOf,
  textsOf,
} from './read.ts';
import { readPod } from './short-pod.ts';
import type { SourceDocument } from './source.ts';

/** Reads one node of the short form and the pods under it. */
export const readNode = (
  document: SourceDocument,
  reading: Reading,
  into: Gathered,
  value: Mapping,
  path: Path,
): void => {
  const name = textOf(value['name']);
  listOf(value['pods']).forEach((pod, i) => {
    readPod(document, reading, into, mappingOf(pod), [...path, 'pods', i], name);
  });
  const rangeKey = value['podCIDR'] === undefined ? 'podCIDRs' : 'podCIDR';
  const { forwardPolicy } = value;
  const interfaces = listOf(value['interfaces']).flatMap((item, i) =>
    readInterface(reading, mappingOf(item), [...path, 'interfaces', i]),
  );
  const node: Node = {
    // Without a name it is still read, for the mistakes in the rest of it.
    name: name ?? path.join(' '),
    ips: readIps(reading, value['ip'], [...path, 'ip']),
    podCIDRs: readPrefixes(reading, value[rangeKey], [...path, rangeKey]),
    labels: stringMap(value['labels']),
    annotations: stringMap(value['annotations']),
    sysctls: readSysctls(value['sysctls']),
    ...present<Node>({
      interface: textOf(value['interface']),
      mac: readMac(reading, value['mac'], [...path, 'mac']),
      mtu: numberOf(value['mtu']),
      interfaces: interfaces.length > 0 ? interfaces : undefined,
      providerID: textOf(value['providerID']),
      zone: textOf(value['zone']),
      forwardPolicy: forwardPolicy === 'ACCEPT' || forwardPolicy === 'DROP' ? forwardPolicy : undefined,
      ipForwarding: flagOf(value['ipForwarding']),
    }),
    place: lazyPlace(document, path),
  };
  into.shortNodes.push(node);
  into.spots.set(node, (key) => document.at([...path, key === 'podCIDR' ? rangeKey : key]));
};

const readInterface = (reading: Reading, value: Mapping, path: Path): readonly NodeInterface[] => {
  const name = textOf(value['name']);
  if (name === undefined) return [];
  const ips = textsOf(value['ip'], [...path, 'ip']).flatMap(({ text, path: p }) => {
    const cidr = parseCidr(text);
    if (!cidr) {
      report(reading, 'BAD_CIDR', p, `"${text}" is no address with a prefix length`, 'e.g. 10.9.0.5/24');
      return [];
    }
    return [cidr];
  });
  const mac = readMac(reading, value['mac'], [...path, 'mac']);
  return [{ name, ips, ...present<NodeInterface>({ mtu: numberOf(value['mtu']), mac }) }];
};

const readSysctls = (value: unknown): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(mappingOf(value)).flatMap(([key, v]) => (typeof v === 'number' ? [[key, v] as const] : [])),
  );
