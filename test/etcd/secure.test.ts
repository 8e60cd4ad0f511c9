import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EtcdOptions, readEtcd } from '../../src/load/etcd.ts';
import { describeWith } from '../support/needs.ts';
import { type Etcd, etcdNeeds, makePki, type Pki, startEtcd } from './rig.ts';

const PREFIX = '/coreos.com/network';

const refusalOf = async (options: Omit<EtcdOptions, 'prefix'>): Promise<{ message: string; hint: string }> => {
  const read = await readEtcd({ prefix: PREFIX, timeoutMs: 5000, ...options });
  if (read.ok) throw new Error('expected a refusal');
  return { message: read.message, hint: read.hint };
};

describeWith(etcdNeeds, 'an etcd with TLS and client certificates', () => {
  let pki: Pki;
  let etcd: Etcd;
  beforeAll(async () => {
    pki = makePki();
    etcd = await startEtcd({ tls: pki });
    await etcd.putLeased(`${PREFIX}/subnets/10.1.15.0-24`, '{"PublicIP":"192.168.1.11","PublicIPv6":null}');
  }, 60_000);
  afterAll(async () => {
    await etcd?.stop();
    pki?.remove();
  });

  const client = () => ({ caFile: pki.ca, certFile: pki.client.cert, keyFile: pki.client.key });

  test("read with flanneld's three files", async () => {
    const read = await readEtcd({ endpoints: [etcd.endpoint], prefix: PREFIX, ...client() });
    expect(read).toMatchObject({ ok: true, endpoint: etcd.endpoint, kvs: [{ key: `${PREFIX}/subnets/10.1.15.0-24` }] });
  });

  test('certificates make https the scheme of an endpoint without one', async () => {
    const read = await readEtcd({ endpoints: [etcd.endpoint.replace('https://', '')], prefix: PREFIX, ...client() });
    expect(read).toMatchObject({ ok: true, endpoint: etcd.endpoint });
  });

  test('no CA given', async () => {
    const { message, hint } = await refusalOf({ endpoints: [etcd.endpoint] });
    expect(message).toContain(`the certificate of etcd ${etcd.endpoint} is signed by no CA known here`);
    expect(hint).toContain('--etcd-cafile');
  });

  test('another CA given', async () => {
    const { message, hint } = await refusalOf({ endpoints: [etcd.endpoint], ...client(), caFile: pki.otherCa });
    expect(message).toContain('is signed by no CA known here');
    expect(hint).toBe(`${pki.otherCa} did not sign it`);
  });

  test('no client certificate', async () => {
    const { message, hint } = await refusalOf({ endpoints: [etcd.endpoint], caFile: pki.ca });
    expect(message).toContain(`etcd ${etcd.endpoint} closed the TLS connection`);
    expect(hint).toContain('it asks for a client certificate');
  });

  test('a client certificate of another CA', async () => {
    const { cert, key } = pki.stranger;
    const { message, hint } = await refusalOf({ endpoints: [etcd.endpoint], caFile: pki.ca, certFile: cert, keyFile: key });
    expect(message).toContain('closed the TLS connection');
    expect(hint).toContain(`it does not accept the client certificate ${cert}`);
  });

  test('a key that belongs to another certificate', async () => {
    const { message } = await refusalOf({ endpoints: [etcd.endpoint], ...client(), keyFile: pki.server.key });
    expect(message).toBe(`etcd client key ${pki.server.key} does not belong to certificate ${pki.client.cert}`);
  });

  test('certificate and key exchanged', async () => {
    const { message } = await refusalOf({ endpoints: [etcd.endpoint], caFile: pki.ca, certFile: pki.client.key, keyFile: pki.client.cert });
    expect(message).toBe(`etcd client certificate ${pki.client.key} is not a PEM certificate`);
  });

  test('http where only TLS is spoken', async () => {
    const plain = etcd.endpoint.replace('https:', 'http:');
    const { hint } = await refusalOf({ endpoints: [plain] });
    expect(hint).toContain(`write ${etcd.endpoint}`);
  });
});

describeWith(etcdNeeds, 'an etcd whose certificate is for another name', () => {
  test('the names of the certificate are told', { timeout: 60_000 }, async () => {
    const pki = makePki('DNS:etcd.example.org');
    // etcdctl would not trust it either, so it is made to skip the check by its own flag.
    const etcd = await startEtcd({ tls: pki, insecureClient: true });
    try {
      const { message, hint } = await refusalOf({ endpoints: [etcd.endpoint], caFile: pki.ca, certFile: pki.client.cert, keyFile: pki.client.key });
      expect(message).toContain(`the certificate of etcd ${etcd.endpoint} is for another name`);
      expect(message).toContain('127.0.0.1');
      expect(hint).toContain('subjectAltName');
    } finally {
      await etcd.stop();
      pki.remove();
    }
  });
});

describeWith(etcdNeeds, 'an etcd with authentication', () => {
  const SECRET = 'correct-horse-battery';
  const WRONG = 'wrong-horse-battery';
  let etcd: Etcd;
  beforeAll(async () => {
    etcd = await startEtcd();
    await etcd.putLeased(`${PREFIX}/subnets/10.1.15.0-24`, '{"PublicIP":"192.168.1.11","PublicIPv6":null}');
    for (const user of ['root', 'flannel', 'guest']) await etcd.ctl('user', 'add', `${user}:${SECRET}`);
    await etcd.ctl('user', 'grant-role', 'root', 'root');
    await etcd.ctl('role', 'add', 'leases');
    await etcd.ctl('role', 'grant-permission', 'leases', '--prefix=true', 'read', `${PREFIX}/`);
    await etcd.ctl('user', 'grant-role', 'flannel', 'leases');
    await etcd.ctl('auth', 'enable');
  }, 60_000);
  afterAll(() => etcd?.stop());

  test('a user who may read the prefix and no more', async () => {
    const read = await readEtcd({ endpoints: [etcd.endpoint], prefix: PREFIX, username: 'flannel', password: SECRET });
    expect(read).toMatchObject({ ok: true, kvs: [{ key: `${PREFIX}/subnets/10.1.15.0-24` }] });
    expect(read.ok && read.kvs[0]?.ttlSeconds).toBeGreaterThan(86_000);
  });

  test.for([
    ['nobody', {}, 'asks for a user', '--etcd-username'],
    ['a wrong password', { username: 'flannel', password: WRONG }, 'does not accept user flannel with this password', 'etcdctl --user'],
    ['an unknown user', { username: 'who', password: SECRET }, 'does not accept user who with this password', 'etcdctl --user'],
    ['a user without the right', { username: 'guest', password: SECRET }, `denies user guest to read ${PREFIX}/`, 'grant-permission'],
  ] as const)('%s', async ([, user, message, hint]) => {
    const refusal = await refusalOf({ endpoints: [etcd.endpoint, 'http://127.0.0.1:1'], ...user });
    // The second endpoint is not tried: every member would say the same.
    expect(refusal.message).toBe(`etcd ${etcd.endpoint} ${message}`);
    expect(refusal.hint).toContain(hint);
    for (const password of [SECRET, WRONG]) expect(JSON.stringify(refusal)).not.toContain(password);
  });
});
