import { describe, expect, test } from 'vitest';
import type { Cluster } from '../../src/model/cluster.ts';
import { createServiceTable } from '../../src/services/table.ts';
import { cluster, ip, node, pod, portSpec, service, slice } from './support.ts';

const endpoint = (address: string, nodeName: string) => ({ addresses: [ip(address)], ready: true, serving: true, terminating: false, nodeName });

const web = service({ selector: { app: 'web' }, ports: [portSpec({ targetPort: 8080, nodePort: 30080 })], externalIPs: [ip('198.51.100.7')] });
const pods = [
  pod({ name: 'web-b', node: 'n2', ips: [ip('10.1.2.9')], labels: { app: 'web' } }),
  pod({ name: 'web-a', node: 'n1', ips: [ip('10.1.1.10')], labels: { app: 'web' } }),
  pod({ name: 'db', node: 'n1', ips: [ip('10.1.1.11')], labels: { app: 'db' } }),
  pod({ name: 'web-c', node: 'n1', ips: [ip('10.1.1.12')], labels: { app: 'web' }, namespace: 'other' }),
];
const small = cluster({ nodes: [node('n1'), node('n2')], pods, services: [service({ name: 'other', clusterIPs: [ip('10.96.0.11')] }), web] });

describe('a port is found by what the packet is sent to', () => {
  const table = createServiceTable(small);
  const lb = createServiceTable(
    cluster({
      services: [
        service({
          name: 'lb',
          type: 'LoadBalancer',
          ports: [portSpec({ name: 'a', nodePort: 30001 }), portSpec({ name: 'b', port: 81, nodePort: 30002 })],
          ingress: [{ ip: ip('203.0.113.9') }, { ip: ip('203.0.113.10'), ipMode: 'Proxy' }],
        }),
        service({ name: 'else', clusterIPs: [ip('10.96.0.11')], labels: { 'service.kubernetes.io/service-proxy-name': 'x' } }),
      ],
    }),
  );
  test.for<[what: string, found: readonly { name: string }[], want: readonly string[]]>([
    ['its ClusterIP', table.at(ip('10.96.0.10')), ['default/web']],
    ['its external IP', table.at(ip('198.51.100.7')), ['default/web']],
    ['an address of no Service', table.at(ip('10.96.0.12')), []],
    ['its nodePort', table.onNodePort(30080), ['default/web']],
    ['another nodePort', table.onNodePort(30081), []],
    ["a load balancer's address", lb.at(ip('203.0.113.9')), ['default/lb:a', 'default/lb:b']],
    ['one that the load balancer keeps', lb.at(ip('203.0.113.10')), []],
    ['the ClusterIP of a Service that is left to another proxy', lb.at(ip('10.96.0.11')), []],
    ['one nodePort of several', lb.onNodePort(30002), ['default/lb:b']],
    ['its name', table.of({ namespace: 'default', name: 'web' }), ['default/web']],
    ['a name of another namespace', table.of({ namespace: 'other', name: 'web' }), []],
    ['its family', table.ports(4), ['default/other', 'default/web']],
    ['another family', table.ports(6), []],
  ])('%s', ([, found, want]) => expect(found.map(({ name }) => name)).toEqual(want));

  test('it is the same port every time', () => expect(table.at(ip('10.96.0.10'))[0]).toBe(table.onNodePort(30080)[0]));
});

/** `ip:port` of the endpoints that a node uses, its own marked with a star. */
const backendsOn = (given: Cluster, nodeName: string): readonly string[] => {
  const table = createServiceTable(given);
  const [port] = table.of({ namespace: 'default', name: 'web' });
  if (!port) throw new Error('no port');
  return table.backends(port, { name: nodeName }).cluster.map(({ text, local }) => (local ? `${text}*` : text));
};

test.for<[what: string, given: Partial<Cluster>, want: readonly string[]]>([
  ['from the pods that the selector matches in its namespace', {}, ['10.1.1.10:8080*', '10.1.2.9:8080']],
  ['a slice of the input wins', { slices: [slice({ endpoints: [endpoint('10.1.7.7', 'n1')] })] }, ['10.1.7.7:8080*']],
  ['even one without endpoints', { slices: [slice()] }, []],
  ['a slice of another Service does not', { slices: [slice({ service: 'other' })] }, ['10.1.1.10:8080*', '10.1.2.9:8080']],
  ['nor one of another namespace', { slices: [slice({ namespace: 'other' })] }, ['10.1.1.10:8080*', '10.1.2.9:8080']],
])('endpoints: %s', ([, given, want]) => expect(backendsOn({ ...small, ...given }, 'n1')).toEqual(want));

test('each node sees its own endpoints as local', () => expect(backendsOn(small, 'n2')).toEqual(['10.1.1.10:8080', '10.1.2.9:8080*']));

test('finding a port derives no endpoints, and deriving those of one Service reads no pod of another namespace', () => {
  const guarded = pods.map((one) =>
    one.namespace === 'default'
      ? one
      : {
          ...one,
          get labels(): never {
            throw new Error('read');
          },
        },
  );
  const unread = pods.map((one) => ({
    ...one,
    get namespace(): never {
      throw new Error('read');
    },
  }));
  expect(createServiceTable({ ...small, pods: unread }).at(ip('10.96.0.10'))).toHaveLength(1);
  expect(backendsOn({ ...small, pods: guarded }, 'n1')).toHaveLength(2);
});
