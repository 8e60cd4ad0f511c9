import type { PluginChoice } from '../model/cluster.ts';
import type { Path } from '../model/place.ts';
import { checkShape } from '../model/schema.ts';
import { atBelow, type Gathered, lazyPlace } from './gathered.ts';
import { isMapping, listOf, type Mapping, mappingOf, type Reading, readPrefixes, report, textOf } from './read.ts';
import { readFabric } from './short-fabric.ts';
import { readNode } from './short-node.ts';
import { readPod } from './short-pod.ts';
import { readProxy } from './short-proxy.ts';
import { clusterShape } from './short-schema.ts';
import { readService } from './short-service.ts';
import type { SourceDocument } from './source.ts';

/** apiVersion of the short form's policies and expectations, which tells them from Kubernetes objects. */
const SHORT_API = 'k8snet/v1';

const KINDS = { policies: 'NetworkPolicy', expect: 'Expectation' } as const;

/** Reads a document in the short form. Reads on after each mistake, so that all are found at once. */
export const readShort = (document: SourceDocument, into: Gathered): void => {
  into.hasShortForm = true;
  into.problems.push(...checkShape(clusterShape, document.value, document.at).problems);
  const top = mappingOf(document.value);
  const reading: Reading = { at: document.at, problems: into.problems };
  readPlugin(document, reading, into, top['plugin']);
  for (const key of ['nodes', 'pods', 'services'] as const) {
    const value = mappingOf(top['subnets'])[key];
    if (value === undefined) continue;
    const path: Path = ['subnets', key];
    // Nodes may live in several subnets; pods and services have one range per family.
    into.subnets[key].push(...readPrefixes(reading, value, path, key === 'nodes'));
    into.subnetPlaces[key] = lazyPlace(document, path);
  }
  listOf(top['nodes']).forEach((node, i) => {
    readNode(document, reading, into, mappingOf(node), ['nodes', i]);
  });
  listOf(top['pods']).forEach((pod, i) => {
    readPod(document, reading, into, mappingOf(pod), ['pods', i]);
  });
  listOf(top['services']).forEach((service, i) => {
    readService(document, reading, into, mappingOf(service), ['services', i]);
  });
  if (top['proxy'] !== undefined) into.proxy = readProxy(document, reading, top['proxy'], ['proxy']);
  if (isMapping(top['fabric'])) into.fabric = readFabric(document, reading, top['fabric'], ['fabric']);
  for (const key of ['policies', 'expect'] as const) readOthers(document, into, top, key);
};

const readPlugin = (document: SourceDocument, reading: Reading, into: Gathered, value: unknown): void => {
  if (value !== undefined) into.hasPlugin = true;
  const settings = mappingOf(value);
  const name = textOf(value) ?? textOf(settings['name']);
  if (name === undefined) return;
  const path: Path = isMapping(value) ? ['plugin', 'name'] : ['plugin'];
  if (into.plugin && into.plugin.name !== name) {
    const hint = `${into.plugin.place?.file}:${into.plugin.place?.line} says "${into.plugin.name}"`;
    report(reading, 'DUPLICATE_KEY', path, 'a second plugin', hint);
    return;
  }
  const { name: _, ...rest } = settings;
  const choice: PluginChoice = {
    name,
    settings: rest,
    stated: true,
    place: lazyPlace(document, path),
    at: atBelow(document.at, ['plugin']),
  };
  into.plugin = choice;
};

const readOthers = (document: SourceDocument, into: Gathered, top: Mapping, key: keyof typeof KINDS): void => {
  listOf(top[key]).forEach((item, i) => {
    const value = mappingOf(item);
    into.others.push({
      kind: KINDS[key],
      apiVersion: SHORT_API,
      namespace: textOf(value['namespace']) ?? 'default',
      name: textOf(value['name']) ?? `${i + 1}`,
      value,
      place: lazyPlace(document, [key, i]),
      at: atBelow(document.at, [key, i]),
    });
  });
};
