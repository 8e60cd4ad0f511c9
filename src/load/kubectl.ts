import type { OtherObject, Pod } from '../model/cluster.ts';
import type { Path } from '../model/place.ts';
import { parseIp } from '../net/ip.ts';
import { componentOf, isSystemNamespace } from './component.ts';
import { atBelow, type Gathered, lazyPlace, noteUnreadable } from './gathered.ts';
import { kindOfFile } from './kind-of-file.ts';
import { decodeNode } from './kubectl-node.ts';
import { decodePod } from './kubectl-pod.ts';
import { serviceReader } from './kubectl-service.ts';
import { isMapping, listOf, type Mapping, mappingOf, textOf } from './read.ts';
import type { SourceDocument } from './source.ts';
import { isWritten } from './stated-service.ts';

/** Kinds that say nothing about the network: not kept, for there are many, and Secrets are nobody's business. */
const IGNORED = new Set([
  'Secret',
  'Event',
  'Lease',
  'ControllerRevision',
  'PersistentVolume',
  'PersistentVolumeClaim',
]);

/** Whether a document holds Kubernetes objects: one, a List of any kind, or a bare list. */
export const isKubernetes = (value: unknown, file: string): boolean => {
  if (Array.isArray(value)) return value.length === 0 || value.some((item) => isObject(item));
  if (!isMapping(value)) return false;
  if (typeof value['kind'] === 'string' && ('apiVersion' in value || 'metadata' in value || 'items' in value))
    return true;
  // A List that lost its kind, as some tools write them.
  if (Array.isArray(value['items']) && value['items'].some(isObject)) return true;
  return isObject(value) && (kindOfFile(file) !== undefined || kindByShape(value) !== undefined);
};

const isObject = (value: unknown): boolean => typeof mappingOf(mappingOf(value)['metadata'])['name'] === 'string';

/** Reads a document of Kubernetes objects. Items without a kind take it from their List, else from the file's name, else from their fields. */
export const readKubernetes = (document: SourceDocument, into: Gathered): void => {
  readValue(document, into, document.value, [], undefined);
};

const readValue = (
  document: SourceDocument,
  into: Gathered,
  value: unknown,
  path: Path,
  listKind: string | undefined,
): void => {
  if (Array.isArray(value)) {
    readItems(document, into, value, path, listKind ?? kindOfFile(document.file));
    return;
  }
  const object = mappingOf(value);
  const kind = textOf(object['kind']);
  if ('items' in object && (kind === undefined || kind.endsWith('List'))) {
    const items = listOf(object['items']);
    readItems(document, into, items, [...path, 'items'], kind?.slice(0, -'List'.length) || kindOfFile(document.file));
    return;
  }
  readObject(document, into, object, path, kind ?? listKind ?? kindOfFile(document.file) ?? kindByShape(object));
};

const readItems = (
  document: SourceDocument,
  into: Gathered,
  items: readonly unknown[],
  path: Path,
  kind: string | undefined,
): void => {
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (isMapping(item) && item['items'] !== undefined) readValue(document, into, item, [...path, i], kind);
    else if (isMapping(item)) {
      const own = textOf(item['kind']) ?? kind ?? kindByShape(item);
      readObject(document, into, item, [...path, i], own);
    }
  }
};

const readObject = (
  document: SourceDocument,
  into: Gathered,
  value: Mapping,
  path: Path,
  kind: string | undefined,
): void => {
  if (kind === 'Pod') readPod(document, into, value, path);
  else if (kind === 'Node') {
    const node = decodeNode(value, lazyPlace(document, path));
    if (!node) return;
    into.nodes.push(node);
    const address = textOf(mappingOf(internalAddress(value))['address']);
    if (node.ips.length === 0 && address !== undefined) noteUnreadable(into, 'nodes')(address);
  } else if (kind !== undefined && !IGNORED.has(kind)) {
    const apiVersion = textOf(value['apiVersion']) ?? '';
    const read = serviceReader(kind, apiVersion);
    if (read) read(document, into, value, path);
    else readOther(document, into, value, path, { kind, apiVersion });
  }
};

const readOther = (
  document: SourceDocument,
  into: Gathered,
  value: Mapping,
  path: Path,
  type: Pick<OtherObject, 'kind' | 'apiVersion'>,
): void => {
  const metadata = mappingOf(value['metadata']);
  const name = textOf(metadata['name']);
  if (name === undefined) return;
  into.others.push({
    ...type,
    namespace: textOf(metadata['namespace']) ?? '',
    name,
    value,
    place: lazyPlace(document, path),
    at: atBelow(document.at, path),
  });
};

const readPod = (document: SourceDocument, into: Gathered, value: Mapping, path: Path): void => {
  const pod = decodePod(value, lazyPlace(document, path));
  if (!pod) return;
  into.pods.push(pod);
  if (value['status'] === undefined) {
    into.statusless.pods++;
    into.statusless.example ||= pod.name;
  }
  const address = textOf(mappingOf(value['status'])['podIP']);
  if (pod.ips.length === 0 && pod.phase === 'Running' && address !== undefined) noteUnreadable(into, 'pods')(address);
  if (isSystemNamespace(pod.namespace)) noteComponent(into, pod, value);
  if (pod.node === undefined) return;
  if (pod.namespace === 'kube-system' && !isWritten(mappingOf(value['metadata']))) into.kubeSystemNodes.add(pod.node);
  if (into.hostIps.has(pod.node)) return;
  const { hostIP } = mappingOf(value['status']);
  const ip = typeof hostIP === 'string' ? parseIp(hostIP) : undefined;
  if (ip !== undefined) into.hostIps.set(pod.node, ip);
};

const internalAddress = (node: Mapping): unknown =>
  listOf(mappingOf(node['status'])['addresses']).find((address) => mappingOf(address)['type'] === 'InternalIP');

/** Remembers what a part of the cluster runs, once for all its pods. */
const noteComponent = (into: Gathered, pod: Pod, value: Mapping): void => {
  // A static pod is named after its node, a Deployment's ReplicaSet after a hash.
  const isStatic = pod.owner === undefined || pod.owner.kind === 'Node';
  const name = isStatic
    ? pod.name.replace(`-${pod.node}`, '')
    : (pod.owner?.name ?? pod.name).replace(pod.owner?.kind === 'ReplicaSet' ? /-[a-z0-9]+$/ : '', '');
  const key = `${pod.namespace}/${name}`;
  if (into.components.has(key)) return;
  const what = { name, namespace: pod.namespace, label: `pod ${pod.name}`, place: pod.place };
  into.components.set(key, componentOf(what, value['spec']));
};

const kindByShape = (value: Mapping): string | undefined => {
  const spec = mappingOf(value['spec']);
  if (Array.isArray(spec['containers'])) return 'Pod';
  return isMapping(mappingOf(value['status'])['nodeInfo']) ? 'Node' : undefined;
};
