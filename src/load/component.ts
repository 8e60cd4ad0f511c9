import type { Place } from '../model/place.ts';
import { listOf, type Mapping, mappingOf, textOf } from './read.ts';

/** A part of the cluster itself, known from its DaemonSet or from one of its pods: what runs, and how it was started. */
export type Component = {
  /** Name of the DaemonSet or Deployment, or of the static pod without its node. */
  readonly name: string;
  readonly namespace: string;
  /** `DaemonSet kube-flannel-ds`, `pod kube-proxy-x7k2p`, for evidence. */
  readonly label: string;
  readonly file: string;
  readonly images: readonly string[];
  /** Command and arguments of all containers. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Names of variables whose value stands in a Secret or elsewhere. */
  readonly refs: readonly string[];
};

/** Namespaces that clusters keep their own parts in; pods elsewhere are their users'. */
const SYSTEM =
  /^(kube-system|kube-flannel|kube-proxy|calico-system|tigera-operator|cilium|weave|nsx-system|openshift-.*|antrea.*|ovn-kubernetes)$/;

export const isSystemNamespace = (namespace: string): boolean => SYSTEM.test(namespace);

/** What a pod template or a pod runs. */
export const componentOf = (
  what: { readonly name: string; readonly namespace: string; readonly label: string; readonly place: Place },
  podSpec: unknown,
): Component => {
  const spec = mappingOf(podSpec);
  const containers = [...listOf(spec['initContainers']), ...listOf(spec['containers'])].map(mappingOf);
  return {
    name: what.name,
    namespace: what.namespace,
    label: what.label,
    file: what.place.file,
    images: containers.flatMap(({ image }) => textOf(image) ?? []),
    args: containers.flatMap(({ command, args }) =>
      [...listOf(command), ...listOf(args)].flatMap((a) => textOf(a) ?? []),
    ),
    env: Object.fromEntries(containers.flatMap(envOf)),
    refs: containers.flatMap(refsOf),
  };
};

const envOf = ({ env }: Mapping): readonly (readonly [string, string])[] =>
  listOf(env).flatMap((item) => {
    const { name, value } = mappingOf(item);
    return typeof name === 'string' && typeof value === 'string' ? [[name, value] as const] : [];
  });

const refsOf = ({ env }: Mapping): readonly string[] =>
  listOf(env).flatMap((item) => {
    const { name, valueFrom } = mappingOf(item);
    return typeof name === 'string' && valueFrom !== undefined ? [name] : [];
  });

/** The value of `--flag=value`, `--flag value` or a bare `--flag` ('true') among arguments, shell lines included. */
export const flagValue = ({ args }: Pick<Component, 'args'>, flag: string): string | undefined => {
  const words = args.flatMap((arg) => arg.split(/\s+/));
  const at = words.findIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const word = words[at];
  if (word === undefined) return undefined;
  if (word.length > flag.length) return word.slice(flag.length + 1);
  const next = words[at + 1];
  return next === undefined || next.startsWith('-') ? 'true' : next;
};
