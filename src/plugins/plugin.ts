import type { World } from '../fabric/world.ts';
import type { Cluster } from '../model/cluster.ts';
import type { Assumption, Problem } from '../model/place.ts';

/** Key-value pairs that were read from a plugin's own store. */
export type Store = {
  readonly name: 'etcd';
  readonly endpoint: string;
  readonly kvs: readonly { readonly key: string; readonly value: string; readonly leaseId: string }[];
};

/** A store that the settings ask for; the use case reads it, since plugins touch no network. */
export type StoreRequest = {
  readonly kind: 'etcd';
  readonly endpoints: readonly string[];
  readonly prefix: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly username?: string;
  readonly password?: string;
};

/** What a plugin makes of a cluster: whatever can be said before any node is built. */
export type Plan = {
  /** The cluster with every address assigned. */
  readonly cluster: Cluster;
  /** Short words for headings, e.g. `udp, leases in etcd`. */
  readonly mode: string;
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
  /** Builds lazily: a namespace when a packet first gets there. */
  readonly world: World;
  /** Where a pod lives: its own namespace's id, or its node's for hostNetwork. */
  readonly netnsOfPod: (namespace: string, name: string) => { readonly id: string; readonly dev: string } | undefined;
  /** Files that the plugin's daemons write on a node for others to build by, e.g. flannel's subnet.env. */
  readonly files?: (node: string) => readonly PluginFile[];
};

export type PluginFile = { readonly path: string; readonly text: string };

/** One network plugin: model in, state out. It never sees a packet. */
export type Plugin = {
  readonly name: string;
  readonly title: string;
  readonly aliases: readonly string[];
  /** What is modelled and how faithfully, for `k8snet plugins`: one line each. */
  readonly modelled: readonly { readonly what: string; readonly known: 'kernel' | 'source' | 'assumed' }[];
  /** JSON Schema of the `plugin:` mapping, for `k8snet schema`. */
  readonly jsonSchema: () => Readonly<Record<string, unknown>>;
  /** Checks the settings as written (unknown key, wrong type) with positions; reports, never throws. */
  readonly check: (cluster: Cluster) => readonly Problem[];
  readonly store: (cluster: Cluster) => StoreRequest | undefined;
  readonly plan: (cluster: Cluster, store?: Store) => Plan;
};

export const definePlugin = (plugin: Plugin): Plugin => plugin;
