import { describe, expect, test } from 'vitest';
import type { Service } from '../../src/model/service.ts';
import { formatIp } from '../../src/net/ip.ts';
import { formatPrefix } from '../../src/net/prefix.ts';
import { servicePorts } from '../../src/services/ports.ts';
import type { ServicePort } from '../../src/services/types.ts';
import { describeCases, flowCases, ip, portSpec, prefix, service } from './support.ts';

const both = [ip('10.96.0.10'), ip('fd00:96::10')];

test.for<[what: string, given: Partial<Service>, names: readonly string[]]>([
  ['a port without a name', {}, ['default/web 10.96.0.10:80/tcp']],
  ['a port with a name', { ports: [portSpec({ name: 'http' })] }, ['default/web:http 10.96.0.10:80/tcp']],
  [
    'one per port, and per family it has a ClusterIP of',
    { clusterIPs: both, ports: [portSpec({ name: 'dns', port: 53, protocol: 'UDP' }), portSpec({ name: 'dns-tcp', port: 53 })] },
    [
      'default/web:dns 10.96.0.10:53/udp',
      'default/web:dns-tcp 10.96.0.10:53/tcp',
      'default/web:dns fd00:96::10:53/udp',
      'default/web:dns-tcp fd00:96::10:53/tcp',
    ],
  ],
  ['an external IP of a family without ClusterIP', { externalIPs: [ip('2001:db8::7')] }, ['default/web 10.96.0.10:80/tcp']],
  ['headless', { headless: true }, []],
  ['no ClusterIP', { clusterIPs: [] }, []],
  ['ExternalName', { type: 'ExternalName', clusterIPs: both, externalName: 'db.example.com' }, []],
  ['left to another proxy', { labels: { 'service.kubernetes.io/service-proxy-name': 'cilium' } }, []],
  ['left to another proxy without a name', { labels: { 'service.kubernetes.io/service-proxy-name': '' } }, []],
  ['other labels', { labels: { 'service.kubernetes.io/headless': '' } }, ['default/web 10.96.0.10:80/tcp']],
])('what kube-proxy serves: %s', ([, given, names]) => {
  const found = servicePorts(service(given)).map(({ name, clusterIP, port, protocol }) => `${name} ${formatIp(clusterIP)}:${port}/${protocol}`);
  expect(found).toEqual(names);
});

const port = (given: Partial<Service>, family: 4 | 6 = 4): ServicePort => {
  const found = servicePorts(service(given)).find((one) => one.family === family);
  if (!found) throw new Error('no port');
  return found;
};

const local = { externalTrafficPolicy: 'Local', healthCheckNodePort: 32000 } as const;

test.for<[what: string, given: Partial<Service>, externalLocal: boolean, healthCheckNodePort: number | undefined]>([
  ['LoadBalancer', { type: 'LoadBalancer', ...local }, true, 32000],
  ['LoadBalancer, Cluster', { type: 'LoadBalancer', healthCheckNodePort: 32000 }, false, undefined],
  ['NodePort', { type: 'NodePort', ...local }, true, undefined],
  ['ClusterIP with external IPs', { externalIPs: [ip('198.51.100.7')], ...local }, true, undefined],
  ['ClusterIP', local, false, undefined],
])('externalTrafficPolicy Local of %s', ([, given, externalLocal, healthCheckNodePort]) => {
  expect(port(given)).toMatchObject({ externalLocal });
  expect(port(given).healthCheckNodePort).toBe(healthCheckNodePort);
});

test.for<[what: string, given: Partial<Service>, accessible: boolean]>([
  ['a ClusterIP alone', {}, false],
  ['a nodePort', { ports: [portSpec({ nodePort: 30080 })] }, true],
  ['an external IP', { externalIPs: [ip('198.51.100.7')] }, true],
  ['an external IP of the other family', { externalIPs: [ip('2001:db8::7')] }, false],
  ['a load balancer of addresses', { ingress: [{ ip: ip('203.0.113.9') }] }, true],
  ['a load balancer that proxies', { ingress: [{ ip: ip('203.0.113.9'), ipMode: 'Proxy' }] }, false],
  ['a load balancer with a name', { ingress: [{ hostname: 'lb.example.com' }] }, false],
])('reached from outside: %s', ([, given, accessible]) => expect(port(given).externallyAccessible).toBe(accessible));

test.for<[what: string, ranges: readonly string[], v4: readonly string[], v6: readonly string[]]>([
  ['each family its own', ['203.0.113.0/25', '2001:db8::/64'], ['203.0.113.0/25'], ['2001:db8::/64']],
  ['all of a family', ['203.0.113.0/25', '0.0.0.0/0', '2001:db8::/64'], [], ['2001:db8::/64']],
  ['two halves are ranges', ['0.0.0.0/1', '128.0.0.0/1'], ['0.0.0.0/1', '128.0.0.0/1'], []],
])('source ranges: %s', ([, ranges, v4, v6]) => {
  const given = { type: 'LoadBalancer', clusterIPs: both, loadBalancerSourceRanges: ranges.map(prefix) } as const;
  expect(port(given, 4).sourceRanges.map(formatPrefix)).toEqual(v4);
  expect(port(given, 6).sourceRanges.map(formatPrefix)).toEqual(v6);
});

describe('where it comes from', () => {
  test('the Service, its line counted only when asked', () => {
    const place = {
      file: 'a.yaml',
      get line(): never {
        throw new Error('counted');
      },
      column: 1,
    };
    const { origin } = port({ place });
    expect(origin).toMatchObject({ plugin: 'kube-proxy', kind: 'Service', namespace: 'default', name: 'web', file: 'a.yaml' });
    expect(() => origin.line).toThrow('counted');
  });
});

type ModeCase = {
  readonly mode: string;
  readonly ipMode: 'Proxy' | 'VIP' | null;
  readonly clusterIP: string;
  readonly loadBalancerIP: string;
  readonly port: number;
  readonly nodePort: number;
  readonly expect: { readonly vipProgrammed: boolean };
};

describeCases('ipMode of a load balancer', () => {
  test.for(flowCases<readonly ModeCase[]>('loadBalancerIPMode').map((one) => [`${one.mode} ${one.ipMode} ${one.loadBalancerIP}`, one] as const))(
    '%s',
    ([, one]) => {
      const { vips } = port({
        type: 'LoadBalancer',
        clusterIPs: [ip(one.clusterIP)],
        ports: [portSpec({ port: one.port, nodePort: one.nodePort })],
        ingress: [{ ip: ip(one.loadBalancerIP), ...(one.ipMode && { ipMode: one.ipMode }) }],
      });
      expect(vips.map(formatIp)).toEqual(one.expect.vipProgrammed ? [one.loadBalancerIP] : []);
    },
  );
});
