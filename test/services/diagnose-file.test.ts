import { expect, test } from 'vitest';
import { load } from '../../src/load/index.ts';
import { assignAddresses } from '../../src/model/assign.ts';
import { resolveProxy } from '../../src/services/config.ts';
import { diagnose, type Question } from '../../src/services/diagnose/index.ts';
import { createServiceTable } from '../../src/services/table.ts';

const base = `plugin: flannel
subnets: {nodes: 192.168.1.0/24, pods: 10.1.0.0/16, services: 10.96.0.0/12}
nodes: [{name: n1, ip: 192.168.1.11, podCIDR: 10.1.1.0/24}, {name: n2, ip: 192.168.1.12, podCIDR: 10.1.2.0/24}]
pods:
  - {name: client, node: n1, ip: 10.1.1.9}
  - {name: one, node: n2, ip: 10.1.2.2, labels: {app: web}, ports: [{name: http, port: 8080}]}
`;

/** `line:column CODE`, of the first Service of the file, for what the pod \`client\` asks. */
const causesIn = async (text: string, ask: Partial<Question>): Promise<readonly string[]> => {
  const loaded = await load({ files: [], text: { name: 'a.yaml', text: base + text } });
  expect(loaded.problems).toEqual([]);
  if (!loaded.cluster) throw new Error('no cluster');
  const { cluster } = assignAddresses(loaded.cluster);
  const [service] = cluster.services;
  const [pod] = cluster.pods;
  if (!service || pod?.node === undefined) throw new Error('no Service');
  const client = { kind: 'pod', namespace: pod.namespace, name: pod.name, node: pod.node, ips: pod.ips } as const;
  const question = {
    cluster,
    table: createServiceTable(cluster),
    service,
    protocol: 'tcp',
    client,
    proxy: resolveProxy(cluster).config,
    via: 'clusterIP',
  } as const;
  return diagnose({ ...question, ...ask }).map(({ code, place }) => `${place?.line}:${place?.column} ${code}`);
};

const object = `---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec:
  clusterIP: 10.96.0.10
`;

test.for<[what: string, text: string, ask: Partial<Question>, want: readonly string[]]>([
  ['short, healthy', 'services: [{name: web, selector: {app: web}, ports: [{port: 80, targetPort: http}]}]', { port: 80 }, []],
  ['short, selector', 'services:\n  - name: web\n    selector: {app: webapp}\n    ports: [80]', {}, ['9:15 SERVICE_SELECTOR_MATCHES_NOTHING']],
  [
    'short, targetPort',
    'services:\n  - name: web\n    selector: {app: web}\n    ports:\n      - {port: 80, targetPort: htpp}',
    {},
    ['11:9 SERVICE_TARGET_PORT_NAME'],
  ],
  [
    'short, port',
    'services:\n  - name: web\n    selector: {app: web}\n    ports: [{port: 80, targetPort: 8080}]',
    { port: 8080 },
    ['10:13 SERVICE_WRONG_PORT'],
  ],
  [
    'short, policy',
    'services:\n  - name: web\n    selector: {app: web}\n    ports: [{port: 80, targetPort: 8080}]\n    internalTrafficPolicy: Local',
    {},
    ['11:28 SERVICE_NO_LOCAL_ENDPOINTS'],
  ],
  [
    'short, endpoints that are not ready',
    'services: [{name: web, ports: [80], endpoints: [{ip: 192.0.2.1, ready: false}]}]',
    {},
    ['7:12 SERVICE_PODS_NOT_READY'],
  ],
  ['object, healthy', `${object}  selector: {app: web}\n  ports: [{port: 80, targetPort: 8080}]`, { port: 80 }, []],
  ['object, selector', `${object}  selector: {app: webapp}\n  ports: [{port: 80}]`, {}, ['13:13 SERVICE_SELECTOR_MATCHES_NOTHING']],
  ['object, affinity', `${object}  selector: {app: web}\n  ports: [{port: 80, targetPort: 8080}]\n  sessionAffinity: ClientIP`, {}, ['15:20 SERVICE_AFFINITY']],
])('a cause points into the file: %s', async ([, text, ask, want]) => expect(await causesIn(text, ask)).toEqual(want));
