import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster, Node, Pod } from '../../src/model/cluster.ts';
import type { EndpointSlice, Service, ServicePortSpec } from '../../src/model/service.ts';
import { describeWith, needs, sharedCases } from '../support/needs.ts';
import { ip, prefix } from '../support/world.ts';

const place = { file: 'cluster.yaml', line: 1, column: 1 };

export { ip, prefix };

export const portSpec = (spec: Partial<ServicePortSpec> = {}): ServicePortSpec => {
  const port = spec.port ?? 80;
  return { name: '', protocol: 'TCP', port, targetPort: port, place, ...spec };
};

/** A Service of type ClusterIP in `default` with port 80, but for what is given. */
export const service = (given: Partial<Service> = {}): Service => ({
  name: 'web',
  namespace: 'default',
  type: 'ClusterIP',
  headless: false,
  clusterIPs: given.headless || given.type === 'ExternalName' ? [] : [ip('10.96.0.10')],
  ports: [portSpec()],
  externalIPs: [],
  ingress: [],
  loadBalancerSourceRanges: [],
  externalTrafficPolicy: 'Cluster',
  internalTrafficPolicy: 'Cluster',
  publishNotReadyAddresses: false,
  ipFamilyPolicy: 'SingleStack',
  ipFamilies: [],
  labels: {},
  annotations: {},
  place,
  short: true,
  ...given,
});

/** A ready, running pod in `default` without labels, but for what is given. */
export const pod = (given: Partial<Pod> = {}): Pod => ({
  name: 'pod',
  namespace: 'default',
  node: undefined,
  ips: [],
  labels: {},
  annotations: {},
  ports: [],
  hostNetwork: false,
  phase: 'Running',
  ready: true,
  place,
  ...given,
});

export const node = (name: string, given: Partial<Node> = {}): Node => ({
  name,
  ips: [],
  podCIDRs: [],
  labels: {},
  annotations: {},
  sysctls: {},
  place,
  ...given,
});

/** An IPv4 slice of the Service `default/web`, but for what is given. */
export const slice = (given: Partial<EndpointSlice> = {}): EndpointSlice => ({
  name: 'web-abc12',
  namespace: 'default',
  service: 'web',
  addressType: 'IPv4',
  endpoints: [],
  ports: [{ name: '', protocol: 'TCP', port: 8080 }],
  labels: {},
  place,
  ...given,
});

export const cluster = (given: Partial<Cluster> = {}): Cluster => ({
  plugin: { name: 'flannel', settings: {}, stated: true },
  subnets: { nodes: [prefix('192.168.1.0/24')], pods: [prefix('10.1.0.0/16')], services: [prefix('10.96.0.0/12')] },
  nodes: [],
  pods: [],
  services: [],
  slices: [],
  others: [],
  sources: ['cluster.yaml'],
  ...given,
});

/** The cases of one key of kubeproxy-flows.json. */
export const flowCases = <T>(key: string): T => JSON.parse(readFileSync(join(sharedCases ?? '', 'kubeproxy-flows.json'), 'utf8'))[key];

/** Tests over `flowCases`; a message where the cases are not there. */
export const describeCases = (name: string, tests: () => void): void =>
  describeWith([needs.shared()], name, sharedCases === undefined ? () => undefined : tests);
