import type { FabricSpec, Node, OtherObject, PluginChoice, Pod, Subnets } from '../model/cluster.ts';
import type { At, Path, Place, Problem } from '../model/place.ts';
import type { EndpointSlice, ProxySettings } from '../model/service.ts';
import type { Ip } from '../net/ip.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Component } from './component.ts';
import type { StatedEndpoints } from './mirror-endpoints.ts';
import type { SourceDocument } from './source.ts';
import type { StatedService } from './stated-service.ts';

/** Where the keys of one object stand, by the names of the short form: `ip`, `podCIDR`, `node`, `name`. */
export type Spot = (key: string) => Place | undefined;

/** What the documents of all inputs gave so far, before it is put together. Filled while loading. */
export type Gathered = {
  plugin: PluginChoice | undefined;
  fabric: FabricSpec | undefined;
  readonly subnets: { -readonly [K in keyof Subnets]: Prefix[] };
  readonly subnetPlaces: Partial<Record<keyof Subnets, Place>>;
  /** From the short form, and from Kubernetes objects: the short form wins where both describe one thing. */
  readonly shortNodes: Node[];
  readonly shortPods: Pod[];
  readonly nodes: Node[];
  readonly pods: Pod[];
  readonly services: StatedService[];
  readonly shortServices: StatedService[];
  readonly slices: EndpointSlice[];
  /** The endpoints that the short form lists under its services. */
  readonly shortSlices: EndpointSlice[];
  readonly endpoints: StatedEndpoints[];
  proxy: ProxySettings | undefined;
  readonly others: OtherObject[];
  readonly sysctls: Map<string, Readonly<Record<string, number>>>;
  /** Addresses of nodes as their pods name them (status.hostIP), for dumps without nodes. */
  readonly hostIps: Map<string, Ip>;
  /** The cluster's own parts, by namespace and name: the first pod of each, in place of thousands. */
  readonly components: Map<string, Component>;
  /** Nodes with pods of kube-system, as an API server gave them: where there are some, what is not among them does not run. */
  readonly kubeSystemNodes: Set<string>;
  /** Nodes, pods, Services and slices whose address is no address: dumps get passed on with their addresses blanked out. */
  readonly unreadable: { nodes: number; pods: number; services: number; slices: number; example: string };
  /** Pods that nobody has started: manifests have no status. */
  readonly statusless: { pods: number; example: string };
  readonly spots: WeakMap<object, Spot>;
  readonly problems: Problem[];
  /** Whether a short form has `plugin:`, be it one that cannot be read. */
  hasPlugin: boolean;
  /** Whether any document was a short form: its author can be asked for what is missing. */
  hasShortForm: boolean;
};

export const gather = (): Gathered => ({
  plugin: undefined,
  fabric: undefined,
  subnets: { nodes: [], pods: [], services: [] },
  subnetPlaces: {},
  shortNodes: [],
  shortPods: [],
  nodes: [],
  pods: [],
  services: [],
  shortServices: [],
  slices: [],
  shortSlices: [],
  endpoints: [],
  proxy: undefined,
  others: [],
  sysctls: new Map(),
  hostIps: new Map(),
  components: new Map(),
  kubeSystemNodes: new Set(),
  unreadable: { nodes: 0, pods: 0, services: 0, slices: 0, example: '' },
  statusless: { pods: 0, example: '' },
  spots: new WeakMap(),
  problems: [],
  hasPlugin: false,
  hasShortForm: false,
});

/** A place that is looked up in the document only when a line or column is asked for. */
export const lazyPlace = (document: SourceDocument, path: Path): Place => new LazyPlace(document, path);

// A class, for a big cluster has a place per pod: getters of a literal are two closures each, and made loading a tenth slower.
class LazyPlace implements Place {
  readonly file: string;
  readonly #document: SourceDocument;
  readonly #path: Path;
  #found: Place | undefined;
  constructor(document: SourceDocument, path: Path) {
    this.file = document.file;
    this.#document = document;
    this.#path = path;
  }
  get line(): number {
    return this.#find().line;
  }
  get column(): number {
    return this.#find().column;
  }
  #find(): Place {
    this.#found ??= this.#document.at(this.#path) ?? { file: this.file, line: 1, column: 1 };
    return this.#found;
  }
}

/** `at` for a part of a document: paths count from `base`. */
export const atBelow =
  (at: At, base: Path): At =>
  (path, part) =>
    at([...base, ...path], part);

/** The keys with a value: for objects whose optional keys must be absent, not undefined. */
export const present = <T extends object>(values: { readonly [K in keyof T]?: T[K] | undefined }): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;

/** Counts one thing whose address is no address, be it once or several times. */
export const noteUnreadable = (
  { unreadable }: Gathered,
  key: Exclude<keyof Gathered['unreadable'], 'example'>,
): ((text: string) => void) => {
  let isNoted = false;
  return (text) => {
    if (!isNoted) unreadable[key]++;
    isNoted = true;
    unreadable.example ||= text;
  };
};
