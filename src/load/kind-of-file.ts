/** Kinds by the name that support tools give their file or folder, in lower case without hyphens. */
const KINDS: Readonly<Record<string, string>> = {
  nodes: 'Node',
  pods: 'Pod',
  services: 'Service',
  endpoints: 'Endpoints',
  endpointslices: 'EndpointSlice',
  servicecidrs: 'ServiceCIDR',
  namespaces: 'Namespace',
  configmaps: 'ConfigMap',
  daemonsets: 'DaemonSet',
  deployments: 'Deployment',
  statefulsets: 'StatefulSet',
  replicasets: 'ReplicaSet',
  jobs: 'Job',
  cronjobs: 'CronJob',
  ingress: 'Ingress',
  ingresses: 'Ingress',
  networkpolicy: 'NetworkPolicy',
  networkpolicies: 'NetworkPolicy',
  events: 'Event',
  secrets: 'Secret',
  leases: 'Lease',
};

/** The kind that `nodes.json`, `Pods.json` or `pods/<namespace>.json` promises; undefined for other names. */
export const kindOfFile = (file: string): string | undefined => {
  const parts = file.split(/[\\/]/);
  const base = parts.at(-1)?.replace(/\.[^.]+$/, '') ?? '';
  return [base, parts.at(-2) ?? '']
    .map((name) => KINDS[name.toLowerCase().replaceAll('-', '')])
    .find((kind) => kind !== undefined);
};
