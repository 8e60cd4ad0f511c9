import type { Labels, Node, OtherObject } from '../model/cluster.ts';
import { type Component, componentOf } from './component.ts';
import type { Gathered } from './gathered.ts';
import { mappingOf } from './read.ts';

/** What an input shows of the cluster's own parts. Inferences look here and name what they found. */
export type Evidence = {
  readonly nodes: readonly Node[];
  /** DaemonSets first, then what only pods show. */
  readonly components: readonly Component[];
  readonly configMap: (
    name: string,
  ) => { readonly data: Readonly<Record<string, unknown>>; readonly label: string } | undefined;
  /** Objects of other kinds, e.g. those that a plugin's own controllers keep. */
  readonly others: readonly OtherObject[];
  /** Annotations of some pod, the first that has one with this prefix. */
  readonly podAnnotation: (prefix: string) => string | undefined;
};

export const evidenceOf = (gathered: Gathered): Evidence => {
  const sets = gathered.others.filter(({ kind }) => kind === 'DaemonSet').map(componentOfSet);
  const named = new Set(sets.map(({ namespace, name }) => `${namespace}/${name}`));
  const pods = [...gathered.components].filter(([key]) => !named.has(key)).map(([, component]) => component);
  return {
    nodes: gathered.nodes,
    components: [...sets, ...pods],
    others: gathered.others,
    configMap: (name) => {
      const found = gathered.others.find((object) => object.kind === 'ConfigMap' && object.name === name);
      return found && { data: mappingOf(found.value['data']), label: `ConfigMap ${name} in ${found.place.file}` };
    },
    podAnnotation: (prefix) => {
      const pod = gathered.pods.find(({ annotations }) => hasPrefix(annotations, prefix));
      return pod && `annotation ${prefix}… of pod ${pod.name}`;
    },
  };
};

const componentOfSet = ({ name, namespace, value, place }: OtherObject): Component =>
  componentOf(
    { name, namespace, label: `DaemonSet ${name}`, place },
    mappingOf(mappingOf(mappingOf(value['spec'])['template']))['spec'],
  );

const hasPrefix = (map: Labels, prefix: string): boolean => Object.keys(map).some((key) => key.startsWith(prefix));

/** `annotation projectcalico.org/… of node node-1 in nodes.json`, where a node has one with this prefix. */
export const nodeAnnotation = ({ nodes }: Evidence, prefix: string): string | undefined => {
  const node = nodes.find(({ annotations }) => hasPrefix(annotations, prefix));
  return node && `annotations ${prefix}… of node ${node.name} in ${node.place.file}`;
};

/** The first component whose name or image fits. */
export const findComponent = ({ components }: Evidence, name: RegExp, image?: RegExp): Component | undefined =>
  components.find((component) => name.test(component.name)) ??
  (image && components.find(({ images }) => images.some((one) => image.test(one))));

export const labelOf = ({ label, file }: Component): string => `${label} in ${file}`;
