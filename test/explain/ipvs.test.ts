import { expect, test } from 'vitest';
import type { StepDoc, TraceDoc } from '../../src/explain/document.ts';
import type { World } from '../../src/fabric/world.ts';
import text from '../../src/render/text/index.ts';
import { addIpvs } from '../../src/services/ipvs/index.ts';
import { createServiceTable } from '../../src/services/table.ts';
import { cluster, ip, portSpec, prefix, service, slice } from '../services/support.ts';
import { ask } from './ask.ts';
import { flannelUdp } from './flannel-udp.ts';

const end = (address: string, nodeName: string) => ({ addresses: [ip(address)], ready: true, serving: true, terminating: false, nodeName });

/** The flannel cluster with a Service `db` on both nodes and one without endpoints. */
const withServices = (): World => {
  const world = flannelUdp();
  const table = createServiceTable(
    cluster({
      services: [
        service({ name: 'db', clusterIPs: [ip('10.96.0.10')], ports: [portSpec({ port: 5432 })] }),
        service({ name: 'none', clusterIPs: [ip('10.96.0.11')] }),
      ],
      slices: [slice({ service: 'db', ports: [{ name: '', protocol: 'TCP', port: 5432 }], endpoints: [end('10.1.20.2', 'node-2')] })],
    }),
  );
  const config = {
    mode: 'ipvs',
    detectLocal: { mode: 'ClusterCIDR' },
    clusterCIDRs: [prefix('10.1.0.0/16')],
    masqueradeAll: false,
    masqueradeMark: 0x4000,
    localhostNodePorts: true,
    nodePortAddresses: [],
    scheduler: '',
    strictARP: false,
    serviceCIDRs: [],
  } as const;
  const netns = (id: string) => {
    const found = world.netns(id);
    if (!found || id !== 'node-1') return found;
    const primary = ip('192.168.1.11');
    return addIpvs({ table, config, family: 4, node: { name: id, ips: [primary], primary, podCIDRs: [], beLiberal: false } }, found);
  };
  return { ...world, netns };
};

const world = withServices();
const ofNode = (doc: TraceDoc, kind: StepDoc['kind']): readonly StepDoc[] =>
  doc.traces.flatMap(({ hops }) =>
    hops.flatMap(({ host, steps }) => (host === 'node-1' ? steps.filter((step) => step.kind === kind && step.table !== 'conntrack') : [])),
  );
const tcp = (to: string, port: number, from = 'pod-a') => ask(world, from, to, { protocol: 'tcp', port, length: 60 });

test('what ip_vs does both ways, and the commands that show it', () => {
  const doc = tcp('10.96.0.10', 5432);
  const line = '-a -t 10.96.0.10:5432 -r 10.1.20.2:5432 -m -w 1';
  const [request, answer] = ofNode(doc, 'translate');
  expect(request).toMatchObject({
    brief: 'ip_vs: 10.96.0.10:5432 -> 10.1.20.2:5432',
    note: 'ip_vs takes the packet for a virtual server and sends it to a real server: 10.96.0.10:5432 becomes 10.1.20.2:5432.',
    hook: 'input',
    verify: ['ipvsadm -Ln -t 10.96.0.10:5432', 'kubectl get endpointslices -n default -l kubernetes.io/service-name=db'],
  });
  expect(request?.because).toMatchObject([{ of: 'ipvs', line, origin: { kind: 'Service', namespace: 'default', name: 'db' } }]);
  expect(answer).toMatchObject({
    brief: 'ip_vs: 10.1.20.2:5432 -> 10.96.0.10:5432',
    note: 'ip_vs gives the answer of the real server the virtual address back: 10.1.20.2:5432 becomes 10.96.0.10:5432.',
    hook: 'forward',
  });
  expect(doc.summary.nat).toEqual([{ kind: 'dnat', at: 'node-1', from: '10.96.0.10:5432', to: '10.1.20.2:5432' }]);
  expect(doc.result).toBe('reachable');
});

test('a mark is no exception from a masquerade', () => {
  const [skipped] = ofNode(tcp('10.96.0.10', 5432), 'skip');
  expect(skipped).toMatchObject({ hook: 'prerouting', brief: 'no destination NAT: no rule of nat PREROUTING applies' });
});

test('a Service without endpoints', () => {
  const doc = tcp('10.96.0.11', 80);
  expect(doc.traces[0]).toMatchObject({ verdict: 'rejected', reason: { code: 'IPVS_NO_DESTINATION' } });
  expect(ofNode(doc, 'drop')[0]).toMatchObject({
    rule: 'ipvs     -A -t 10.96.0.11:80 -s rr',
    verify: ['ipvsadm -Ln -t 10.96.0.11:80', 'kubectl get endpointslices -n default -l kubernetes.io/service-name=none'],
  });
});

test('another port of the Service', async () => {
  const doc = tcp('10.96.0.10', 80);
  expect(doc.traces[0]).toMatchObject({ verdict: 'rejected', reason: { code: 'REJECTED_BY_RULE' } });
  expect(await text(doc, { level: 'default', colour: 0 })).toContain('KUBE-IPVS-IPS dst');
});

test('the node asks with the address of the Service, and is masqueraded', () => {
  expect(tcp('10.96.0.10', 5432, 'node-1').summary.nat).toEqual([
    { kind: 'dnat', at: 'node-1', from: '10.96.0.10:5432', to: '10.1.20.2:5432' },
    { kind: 'masquerade', at: 'node-1', from: '10.96.0.10', to: '10.1.15.0' },
  ]);
});
