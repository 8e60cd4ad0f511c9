import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TraceDoc } from '../../src/explain/document.ts';
import { k8snet } from '../cli/run.ts';
import { describeWith } from '../support/needs.ts';
import { type Etcd, etcdNeeds, startEtcd, writeFolder } from './rig.ts';

// A trace whose leases come from a real etcd, as flanneld wrote them; the cluster file has no podCIDR at all.

const PREFIX = '/coreos.com/network';
const cluster = (endpoint: string) => `
plugin: {name: flannel, subnetManager: etcd, etcd: {endpoints: ['${endpoint}'], prefix: ${PREFIX}}}
subnets: {nodes: 192.168.1.0/24}
nodes:
  - {name: node-1, ip: 192.168.1.11}
  - {name: node-2, ip: 192.168.1.12}
  - {name: node-3, ip: 192.168.1.13}
pods:
  - {name: pod-a, node: node-1, ip: 10.1.15.2}
  - {name: pod-b, node: node-2, ip: 10.1.20.2}
`;

describeWith(etcdNeeds, 'leases from etcd', () => {
  let etcd: Etcd;
  let file = '';
  beforeAll(async () => {
    etcd = await startEtcd();
    file = join(writeFolder({}), 'cluster.yaml');
    writeFileSync(file, cluster(etcd.endpoint));
  }, 30_000);
  afterAll(() => etcd?.stop());

  const trace = async (...args: string[]) => k8snet(`trace ${args.join(' ')} -f ${file} -o json`);

  test('an etcd without flannel in it is one error, exit code 2', async () => {
    const { code, err } = await trace('pod-a', 'pod-b');
    expect([code, err.match(/^error: .*$/gm)]).toEqual([2, [expect.stringContaining(`no keys under ${PREFIX}`)]]);
  });

  test('the lookup shows key, value and lease; nodes get their ranges from their leases', async () => {
    await etcd.ctl('put', `${PREFIX}/config`, '{"Network":"10.1.0.0/16","Backend":{"Type":"udp","Port":8400}}');
    const lease = '{"PublicIP":"192.168.1.12","PublicIPv6":null}';
    await etcd.putLeased(`${PREFIX}/subnets/10.1.15.0-24`, '{"PublicIP":"192.168.1.11","PublicIPv6":null}');
    const id = await etcd.putLeased(`${PREFIX}/subnets/10.1.20.0-24`, lease);
    const { code, out } = await trace('pod-a', 'pod-b');
    const doc = JSON.parse(out) as TraceDoc;
    const lookup = doc.traces[0]!.hops.flatMap((hop) => hop.steps).find((step) => step.kind === 'lookup');
    expect(code).toBe(0);
    expect(lookup?.because[0]?.line).toContain(`${PREFIX}/subnets/10.1.20.0-24 = ${lease}`);
    expect(lookup?.because[0]?.origin?.note).toBe(`etcd lease ${id}`);
    expect(lookup?.verify).toEqual([`etcdctl get ${PREFIX}/subnets/10.1.20.0-24`]);
    // The port that config sets.
    expect(doc.summary.encapsulation).toMatchObject([{ kind: 'udp', outer: { port: 8400 } }]);
    expect(doc.summary.ttlAtDestination).toBe(60);
    expect(doc.warnings.map((w) => w.text)).toEqual([expect.stringContaining('node-3')]);
  });

  test('a malformed lease and a lease of nobody are one warning each, and the rest goes on', async () => {
    await etcd.ctl('put', `${PREFIX}/subnets/10.1.30.0-24`, '{"PublicIP":');
    await etcd.ctl('put', `${PREFIX}/subnets/10.1.40.0-24`, '{"PublicIP":"192.168.1.99"}');
    const { code, out } = await trace('pod-a', 'pod-b');
    const texts = (JSON.parse(out) as TraceDoc).warnings.map((w) => w.text);
    expect(code).toBe(0);
    expect(texts.filter((t) => t.includes('10.1.30.0-24'))).toHaveLength(1);
    expect(texts.filter((t) => t.includes('10.1.40.0-24'))).toEqual([expect.stringContaining('192.168.1.99')]);
  });

  test('another backend in config is another path', async () => {
    const data = (mac: string) => `,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"${mac}"}}`;
    await etcd.ctl('put', `${PREFIX}/config`, '{"Network":"10.1.0.0/16","Backend":{"Type":"vxlan"}}');
    await etcd.putLeased(`${PREFIX}/subnets/10.1.15.0-24`, `{"PublicIP":"192.168.1.11","PublicIPv6":null${data('5e:00:00:00:00:01')}`);
    await etcd.putLeased(`${PREFIX}/subnets/10.1.20.0-24`, `{"PublicIP":"192.168.1.12","PublicIPv6":null${data('5e:00:00:00:00:02')}`);
    const doc = JSON.parse((await trace('pod-a', 'pod-b')).out) as TraceDoc;
    expect(doc.summary.path).toContain('node-1:flannel.1');
    expect(doc.traces[0]!.hops.flatMap((hop) => hop.steps).flatMap((step) => step.because.map((b) => b.line))).toContainEqual(
      expect.stringMatching(/^5e:00:00:00:00:02 dev flannel\.1 dst 192\.168\.1\.12/),
    );
  });

  test('an etcd that is down is one error that names it', async () => {
    const { code, err } = await k8snet(`trace pod-a pod-b -f ${file} --etcd http://127.0.0.1:1`);
    expect([code, err.match(/^error: .*$/gm)]).toEqual([2, [expect.stringContaining('http://127.0.0.1:1 refused the connection')]]);
  });
});
