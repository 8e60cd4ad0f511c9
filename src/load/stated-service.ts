import type { Labels } from '../model/cluster.ts';
import type { At, Path, Place } from '../model/place.ts';
import { atBelow, lazyPlace } from './gathered.ts';
import { listOf, type Mapping, mappingOf, stringMap, textOf } from './read.ts';
import type { SourceDocument } from './source.ts';

/** A Service as it is stated, before defaults: its spec in the words of Kubernetes, whichever form it was written in. */
export type StatedService = {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly spec: Mapping;
  /** status.loadBalancer.ingress; undefined where nothing is said of it. */
  readonly ingress: readonly unknown[] | undefined;
  /** By a person, not by an API server: mistakes in it are errors. */
  readonly written: boolean;
  readonly short: boolean;
  readonly place: Place;
  readonly at: At;
  /** Where its list of ports stands. */
  readonly ports: { readonly document: SourceDocument; readonly path: Path };
};

/** Whether an object was written by a person: what an API server has taken, it has marked. */
export const isWritten = (metadata: Mapping): boolean =>
  metadata['uid'] === undefined &&
  metadata['resourceVersion'] === undefined &&
  typeof metadata['creationTimestamp'] !== 'string';

/** Reads a Kubernetes Service; undefined where it has no name. This runs once per Service of a real cluster: keep it lean. */
export const statedService = (document: SourceDocument, value: Mapping, path: Path): StatedService | undefined => {
  const metadata = mappingOf(value['metadata']);
  const name = textOf(metadata['name']);
  if (name === undefined) return undefined;
  const { ingress } = mappingOf(mappingOf(value['status'])['loadBalancer']);
  return {
    name,
    namespace: textOf(metadata['namespace']) ?? 'default',
    labels: stringMap(metadata['labels']),
    annotations: stringMap(metadata['annotations']),
    spec: mappingOf(value['spec']),
    ingress: ingress === undefined ? undefined : listOf(ingress),
    written: isWritten(metadata),
    short: false,
    place: lazyPlace(document, path),
    at: atBelow(document.at, path),
    ports: { document, path: [...path, 'spec', 'ports'] },
  };
};

/** A Service that both forms describe: what the short form states wins, the rest is the object's. */
export const mergeServices = (object: StatedService, short: StatedService): StatedService => ({
  ...short,
  labels: { ...object.labels, ...short.labels },
  annotations: { ...object.annotations, ...short.annotations },
  spec: { ...object.spec, ...short.spec },
  ingress: short.ingress ?? object.ingress,
  ports: short.spec['ports'] === undefined ? object.ports : short.ports,
});
