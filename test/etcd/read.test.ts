import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEtcd } from '../../src/load/etcd.ts';
import { parseFlannelStore } from '../../src/plugins/flannel/leases.ts';
import { describeWith } from '../support/needs.ts';
import { type Etcd, etcdNeeds, postJson, startEtcd } from './rig.ts';

const PREFIX = '/coreos.com/network';
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Values to the letter as flanneld writes them (flannel reference A3). */
const config = '{"Network":"10.1.0.0/16"}';
const leases = [
  ['10.1.15.0-24', '{"PublicIP":"192.168.1.11","PublicIPv6":null}'],
  ['10.1.20.0-24', '{"PublicIP":"192.168.1.12","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"c6:d2:32:6f:8f:44"}}'],
  ['10.1.34.0-24&fd00:5:0:1::-64', '{"PublicIP":"192.168.1.13","PublicIPv6":"fd00::13","BackendType":"host-gw"}'],
] as const;

describeWith(etcdNeeds, 'an etcd with flannel leases', () => {
  let etcd: Etcd;
  const ids = new Map<string, string>();
  beforeAll(async () => {
    etcd = await startEtcd();
    await etcd.ctl('put', `${PREFIX}/config`, config);
    for (const [subnet, value] of leases) ids.set(subnet, await etcd.putLeased(`${PREFIX}/subnets/${subnet}`, value));
    await etcd.ctl('put', `${PREFIX}/subnets/10.1.99.0-24`, '{"PublicIP":"192.168.1.19"}');
    await etcd.ctl('put', '/coreos.com/networks/config', 'a neighbour whose name starts the same');
    await etcd.ctl('put', 'no/slash/config', config);
  }, 30_000);
  afterAll(() => etcd?.stop());

  test('every key below the prefix, in key order, with its lease and what is left of it', async () => {
    const read = await readEtcd({ endpoints: [etcd.endpoint], prefix: PREFIX });
    if (!read.ok) throw new Error(read.message);
    expect(read.endpoint).toBe(etcd.endpoint);
    expect(read.revision).toBe(8);
    expect(read.kvs.map(({ key, value }) => [key, value])).toEqual([
      [`${PREFIX}/config`, config],
      ...leases.map(([subnet, value]) => [`${PREFIX}/subnets/${subnet}`, value]),
      [`${PREFIX}/subnets/10.1.99.0-24`, '{"PublicIP":"192.168.1.19"}'],
    ]);
    expect(read.kvs.map((kv) => kv.leaseId)).toEqual(['0', ...leases.map(([subnet]) => ids.get(subnet)), '0']);
    expect(read.kvs.map((kv) => kv.modRevision)).toEqual([2, 3, 4, 5, 6]);
    for (const kv of read.kvs) {
      if (kv.leaseId === '0') expect(kv).not.toHaveProperty('ttlSeconds');
      else expect(kv.ttlSeconds).toSatisfy((s: number) => s > 86_000 && s <= 86_400);
    }
  });

  test('what was read is flannel state', async () => {
    const read = await readEtcd({ endpoints: [etcd.endpoint], prefix: PREFIX });
    const store = parseFlannelStore(PREFIX, read.ok ? read.kvs : []);
    expect(store.problems).toEqual([]);
    expect(store.config?.backend).toEqual({ type: 'udp', port: 8285 });
    expect(store.leases.map((l) => [l.backendType, l.reservation])).toEqual([
      ['', false],
      ['vxlan', false],
      ['host-gw', false],
      ['', true],
    ]);
  });

  test.for([
    ['with a trailing slash', `${PREFIX}/`, 5],
    ['with a doubled slash', '//coreos.com//network', 5],
    ['one that is a part of a name', '/coreos.com/netw', 0],
    ['without a leading slash', 'no/slash', 1],
  ] as const)('prefix %s: %s has %d keys', async ([, prefix, count]) => {
    const read = await readEtcd({ endpoints: [etcd.endpoint], prefix });
    expect(read.ok ? read.kvs.length : 0).toBe(count);
  });

  test('a user and password that nobody asks for do no harm', async () => {
    const read = await readEtcd({ endpoints: [etcd.endpoint], prefix: PREFIX, username: 'flannel', password: 'unused' });
    expect(read).toMatchObject({ ok: true });
  });

  test('5,000 leases on 50 etcd leases: five pages at one revision', { timeout: 60_000 }, async () => {
    const many = '/many/network';
    for (let batch = 0; batch < 50; batch++) {
      const { ID } = await postJson(etcd.endpoint, '/v3/lease/grant', { TTL: 86_400 });
      const put = (i: number) => {
        const key = base64(`${many}/subnets/10.${batch}.${i}.0-24`);
        return { requestPut: { key, value: base64(`{"PublicIP":"192.168.${batch}.${i}"}`), lease: ID } };
      };
      await postJson(etcd.endpoint, '/v3/kv/txn', { success: Array.from({ length: 100 }, (_, i) => put(i)) });
    }
    const read = await readEtcd({ endpoints: [etcd.endpoint], prefix: many, timeoutMs: 60_000 });
    if (!read.ok) throw new Error(read.message);
    expect(new Set(read.kvs.map((kv) => kv.key)).size).toBe(5000);
    expect(read.kvs.every((kv) => (kv.ttlSeconds ?? 0) > 80_000)).toBe(true);
    expect(parseFlannelStore(many, read.kvs).leases).toHaveLength(5000);
  });
});
