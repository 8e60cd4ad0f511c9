import { type Asked, didYouMean, type Found, fail } from './end.ts';
import type { Cluster, Node, Pod } from './model/cluster.ts';

/** A pod as the asker would write it: without the namespace that was asked for. */
export const labelOf = (pod: Pod, namespace: string): string =>
  pod.namespace === namespace ? pod.name : `${pod.namespace}/${pod.name}`;

export const podEnd = ({ plan, namespace }: Asked, pod: Pod): Found => {
  const label = labelOf(pod, namespace);
  if (pod.phase === 'Succeeded' || pod.phase === 'Failed')
    return fail('POD_NOT_RUNNING', `pod ${label} is not running: its phase is ${pod.phase}`);
  if (pod.node === undefined)
    return fail('POD_NOT_PLACED', `pod ${label} is on no node`, 'give it a node: in the cluster file');
  if (pod.ips.length === 0) {
    const state = pod.phase === 'Running' ? '' : `: its phase is ${pod.phase}`;
    return fail('POD_WITHOUT_ADDRESS', `pod ${label} has no address${state}`);
  }
  const place = plan.netnsOfPod(pod.namespace, pod.name);
  if (!place) return fail('POD_NOT_PLACED', `pod ${label} is on node ${pod.node}, which the input does not describe`);
  const doc = { text: label, kind: 'pod', namespace: pod.namespace, name: label, node: pod.node } as const;
  return { end: { doc, ips: pod.ips, netns: place.id, who: { pod } } };
};

export const nodeEnd = (node: Node): Found =>
  node.ips.length === 0
    ? fail('NODE_WITHOUT_ADDRESS', `node ${node.name} has no address`, 'give it an ip: in the cluster file')
    : {
        end: {
          doc: { text: node.name, kind: 'node', name: node.name },
          ips: node.ips,
          netns: node.name,
          who: { node },
        },
      };

export const findPod = (cluster: Cluster, namespace: string, name: string): Pod | undefined =>
  cluster.pods.find((pod) => pod.namespace === namespace && pod.name === name);

const unknownPod = ({ plan, namespace }: Asked, name: string, where: string): Found => {
  const { pods } = plan.cluster;
  const elsewhere = pods.find((pod) => pod.name === name);
  if (elsewhere)
    return fail(
      'UNKNOWN_POD',
      `there is no pod ${name} in namespace ${where}`,
      `did you mean ${elsewhere.namespace}/${name}?`,
    );
  const labels = pods.filter((pod) => pod.namespace === where).map((pod) => labelOf(pod, namespace));
  const hint = didYouMean(where === namespace ? name : `${where}/${name}`, labels);
  return fail('UNKNOWN_POD', `there is no pod ${name} in namespace ${where}`, hint);
};

export const namedPod = (asked: Asked, namespace: string, name: string): Found => {
  const pod = findPod(asked.plan.cluster, namespace, name);
  return pod ? podEnd(asked, pod) : unknownPod(asked, name, namespace);
};

export const namedNode = ({ plan }: Asked, name: string): Found => {
  const { nodes } = plan.cluster;
  const node = nodes.find((one) => one.name === name);
  if (node) return nodeEnd(node);
  const names = nodes.map((one) => one.name);
  return fail('UNKNOWN_NODE', `there is no node ${name}`, didYouMean(name, names));
};

// A deployment owns its pods by way of a ReplicaSet, whose name is the deployment's and a hash.
export const WORKLOADS: Readonly<Record<string, (owner: NonNullable<Pod['owner']>, name: string) => boolean>> = {
  deploy: (owner, name) =>
    (owner.kind === 'Deployment' && owner.name === name) ||
    (owner.kind === 'ReplicaSet' && owner.name.replace(/-[^-]+$/, '') === name),
  rs: (owner, name) => owner.kind === 'ReplicaSet' && owner.name === name,
  sts: (owner, name) => owner.kind === 'StatefulSet' && owner.name === name,
  ds: (owner, name) => owner.kind === 'DaemonSet' && owner.name === name,
  job: (owner, name) => owner.kind === 'Job' && owner.name === name,
};
export const SHORT: Readonly<Record<string, string>> = {
  deployment: 'deploy',
  deployments: 'deploy',
  replicaset: 'rs',
  statefulset: 'sts',
  daemonset: 'ds',
};

export const workload = (asked: Asked, kind: string, name: string): Found => {
  const owns = WORKLOADS[kind];
  const pods = asked.plan.cluster.pods.filter(
    (pod) => pod.namespace === asked.namespace && pod.owner && owns?.(pod.owner, name),
  );
  const [first] = pods;
  if (!first) return fail('UNKNOWN_WORKLOAD', `no pod of ${kind}/${name} is in namespace ${asked.namespace}`);
  return podEnd(asked, pods.find((pod) => pod.phase === 'Running' && pod.ips.length > 0) ?? first);
};
