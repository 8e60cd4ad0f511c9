import type { Path } from '../model/place.ts';
import { checkShape } from '../model/schema.ts';
import { atBelow, type Gathered, lazyPlace, noteUnreadable } from './gathered.ts';
import { decodeSlice } from './kubectl-slice.ts';
import { type Mapping, mappingOf, readIp, stringMap, textOf } from './read.ts';
import { serviceManifest } from './service-manifest.ts';
import type { SourceDocument } from './source.ts';
import { isWritten, statedService } from './stated-service.ts';

type Reader = (document: SourceDocument, into: Gathered, value: Mapping, path: Path) => void;

const readService: Reader = (document, into, value, path) => {
  const stated = statedService(document, value, path);
  if (!stated) return;
  into.services.push(stated);
  // An API server has looked at the others.
  if (stated.written) into.problems.push(...checkShape(serviceManifest, value, document.at, path).problems);
};

const readSlice: Reader = (document, into, value, path) => {
  const decoded = decodeSlice(value, lazyPlace(document, path));
  if (!decoded) return;
  const { slice, unreadable } = decoded;
  if (unreadable.length > 0 && isWritten(mappingOf(value['metadata']))) {
    const reading = { at: document.at, problems: into.problems };
    for (const { text, endpoint } of unreadable) readIp(reading, text, [...path, 'endpoints', endpoint, 'addresses']);
  } else if (unreadable.length > 0) {
    noteUnreadable(into, 'slices')(unreadable[0]?.text ?? '');
    // Of what is blanked out whole, the pods tell more.
    if (slice.endpoints.length === 0) return;
  }
  into.slices.push(slice);
};

const readEndpoints: Reader = (document, into, value, path) => {
  const metadata = mappingOf(value['metadata']);
  const name = textOf(metadata['name']);
  if (name === undefined) return;
  into.endpoints.push({
    name,
    namespace: textOf(metadata['namespace']) ?? 'default',
    labels: stringMap(metadata['labels']),
    annotations: stringMap(metadata['annotations']),
    subsets: value['subsets'],
    written: isWritten(metadata),
    place: lazyPlace(document, path),
    at: atBelow(document.at, path),
  });
};

/** Other API groups have a Service too (Knative's). A List of one kind may leave the version out. */
const READERS: Readonly<Record<string, readonly [group: RegExp, read: Reader]>> = {
  Service: [/^(v1)?$/, readService],
  Endpoints: [/^(v1)?$/, readEndpoints],
  EndpointSlice: [/^(discovery\.k8s\.io\/.*)?$/, readSlice],
};

/** How an object of Services and their endpoints is read; undefined for other kinds. */
export const serviceReader = (kind: string, apiVersion: string): Reader | undefined => {
  const [group, read] = Object.hasOwn(READERS, kind) ? (READERS[kind] ?? []) : [];
  return group?.test(apiVersion) ? read : undefined;
};
