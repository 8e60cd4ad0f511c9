import { rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EtcdOptions, readEtcd } from '../../src/load/etcd.ts';
import { describeWith } from '../support/needs.ts';
import { type Etcd, etcdNeeds, freePort, startEtcd, writeFolder } from './rig.ts';

const PREFIX = '/coreos.com/network';
const SECRET = 'correct-horse-battery';

/** Reads with a password set, and proves on the way that no message shows it. */
async function refusalOf(options: Partial<EtcdOptions> & { endpoints: readonly string[] }): Promise<{ message: string; hint: string }> {
  const read = await readEtcd({ prefix: PREFIX, password: SECRET, timeoutMs: 5000, ...options });
  if (read.ok) throw new Error('expected a refusal');
  expect(JSON.stringify(read)).not.toContain(SECRET);
  expect(read.message).not.toContain('\n');
  return { message: read.message, hint: read.hint };
}

const listening = (server: Server | TcpServer): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`);
    });
  });

const replying = (status: number, type: string, body: string, version?: string): Server =>
  createServer((req, res) => {
    if (req.url === '/version' && version !== undefined) {
      res.writeHead(200, { 'content-type': 'application/json' }).end(`{"etcdserver":"${version}","etcdcluster":"${version}"}`);
    } else res.writeHead(status, { 'content-type': type }).end(body);
  });

describe('an endpoint that is no etcd v3', () => {
  const servers: (Server | TcpServer)[] = [];
  const serve = async (server: Server | TcpServer): Promise<string> => {
    servers.push(server);
    return listening(server);
  };
  afterAll(() => {
    for (const server of servers) {
      if ('closeAllConnections' in server) server.closeAllConnections();
      server.close();
    }
  });

  test.for([
    ['an nginx', replying(404, 'text/html', '<html>404</html>'), 'HTTP 404, an HTML page', '2379'],
    ['a page that is always there', replying(200, 'text/html', '<html>hello</html>'), 'HTTP 200, an HTML page', '2379'],
    ['some JSON', replying(200, 'application/json', '{"hello":1}'), 'HTTP 200, something else', '2379'],
    ['etcd 2', replying(404, 'text/plain', '404 page not found\n', '2.3.8'), 'is version 2.3.8 and has only the v2 API', 'v0.18'],
    ['a stand-in without gateway', replying(404, 'text/plain', '404 page not found\n', '3.4.23'), 'has no JSON gateway', '--enable-grpc-gateway'],
  ] as const)('%s', async ([, server, message, hint]) => {
    const endpoint = await serve(server);
    const refusal = await refusalOf({ endpoints: [endpoint] });
    expect(refusal.message).toContain(endpoint);
    expect(refusal.message).toContain(message);
    expect(refusal.hint).toContain(hint);
  });

  test('nobody listens', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    expect(await refusalOf({ endpoints: [endpoint] })).toEqual({
      message: `etcd ${endpoint} refused the connection`,
      hint: 'is etcd running there? its default client port is 2379',
    });
  });

  test('a name that nobody knows', async () => {
    const { message } = await refusalOf({ endpoints: ['http://etcd.invalid:2379'] });
    expect(message).toMatch(/^the name of etcd http:\/\/etcd\.invalid:2379 cannot be resolved|did not answer/);
  });

  test('silence: each endpoint gets its share of the time, and each is named', async () => {
    const silent = await serve(createTcpServer(() => undefined));
    const closed = `http://127.0.0.1:${await freePort()}`;
    const started = Date.now();
    const { message } = await refusalOf({ endpoints: [silent, closed], timeoutMs: 1000 });
    expect(Date.now() - started).toBeLessThan(900);
    expect(message).toBe(`no etcd endpoint could be read: etcd ${silent} did not answer within 0.5 s; etcd ${closed} refused the connection`);
  });

  test('TLS asked of a server that speaks none', async () => {
    const endpoint = (await serve(replying(200, 'text/plain', ''))).replace('http:', 'https:');
    const { message, hint } = await refusalOf({ endpoints: [endpoint] });
    expect(message).toBe(`etcd ${endpoint} does not speak TLS`);
    expect(hint).toBe(`write ${endpoint.replace('https:', 'http:')}`);
  });
});

describe('options that cannot work', () => {
  const folder = writeFolder({ 'text.pem': 'no certificate\n' });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const text = join(folder, 'text.pem');
  const none = join(folder, 'none.pem');
  const endpoints = ['https://127.0.0.1:1'];

  test.for([
    ['no endpoint', { endpoints: [] }, 'no etcd endpoint given'],
    ['another scheme', { endpoints: ['unix:///run/etcd.sock'] }, 'not an etcd endpoint: unix:///run/etcd.sock'],
    ['no address', { endpoints: [''] }, 'not an etcd endpoint: '],
    ['credentials in the URL', { endpoints: [`http://me:${SECRET}@10.0.0.1:2379`] }, 'etcd endpoint 10.0.0.1:2379 carries credentials in its URL'],
    ['credentials in a broken URL', { endpoints: [`http://me:${SECRET}@x y`] }, 'not an etcd endpoint: (text with @)'],
    ['the whole store', { endpoints, prefix: '/' }, 'etcd prefix "/" means the whole store'],
    ['a missing CA file', { endpoints, caFile: none }, `etcd CA file ${none} does not exist`],
    ['a CA that is a folder', { endpoints, caFile: folder }, `etcd CA file ${folder} is a directory`],
    ['a CA that is no certificate', { endpoints, caFile: text }, `etcd CA file ${text} is not a PEM certificate`],
    ['a missing certificate', { endpoints, certFile: none, keyFile: text }, `etcd client certificate ${none} does not exist`],
    ['a certificate without its key', { endpoints, certFile: text }, 'an etcd client certificate is given without its key'],
    ['a key without its certificate', { endpoints, keyFile: text }, 'an etcd client key is given without its certificate'],
  ] as const)('%s', async ([, options, message]) => {
    expect((await refusalOf(options)).message).toBe(message);
  });
});

describeWith(etcdNeeds, 'a real etcd', () => {
  let etcd: Etcd;
  beforeAll(async () => {
    etcd = await startEtcd({ flags: ['--enable-v2'] });
    await etcd.ctl('put', 'coreos.com/slashless/config', '{}');
    await new Promise<void>((resolve, reject) => {
      const put = request(new URL('/v2/keys/coreos.com/old/config', etcd.endpoint), {
        method: 'PUT',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      put.on('response', (response) => response.resume().on('end', resolve)).on('error', reject);
      put.end('value={}');
    });
  }, 30_000);
  afterAll(() => etcd?.stop());

  test.for([
    [PREFIX, "flanneld's --etcd-prefix may be another one (default /coreos.com/network)"],
    ['/coreos.com/slashless', 'there are keys under coreos.com/slashless: the leading slash is part of the prefix'],
    ['/coreos.com/old', "the keys are in etcd's v2 store, which flanneld stopped reading in v0.18"],
  ] as const)('nothing under %s', async ([prefix, hint]) => {
    const refusal = await refusalOf({ endpoints: [etcd.endpoint], prefix });
    expect(refusal.message).toBe(`no keys under ${prefix} in etcd ${etcd.endpoint}`);
    expect(refusal.hint).toContain(hint);
  });

  test('the next endpoint is read when the first is down', async () => {
    const down = `http://127.0.0.1:${await freePort()}`;
    const read = await readEtcd({ endpoints: [down, etcd.endpoint], prefix: 'coreos.com/slashless' });
    expect(read).toMatchObject({ ok: true, endpoint: etcd.endpoint });
  });

  test('an endpoint without a scheme', async () => {
    const read = await readEtcd({ endpoints: [etcd.endpoint.replace('http://', '')], prefix: 'coreos.com/slashless' });
    expect(read).toMatchObject({ ok: true, endpoint: etcd.endpoint });
  });

  test.for([['v3beta'], ['v3alpha']] as const)('an old server whose gateway is at /%s', async ([api]) => {
    // A real old etcd is not to be had here: this one's gateway is shown under the old path only.
    const old = createServer((req, res) => {
      if (!req.url?.startsWith(`/${api}/`)) {
        res.writeHead(404).end('404 page not found\n');
        return;
      }
      const path = req.url.replace(`/${api}/`, '/v3/');
      req.pipe(
        request(new URL(path, etcd.endpoint), { method: req.method ?? 'GET' }, (answer) => {
          res.writeHead(answer.statusCode ?? 500, { 'content-type': 'application/json' });
          answer.pipe(res);
        }),
      );
    });
    const endpoint = await listening(old);
    const read = await readEtcd({ endpoints: [endpoint], prefix: 'coreos.com/slashless' });
    old.closeAllConnections();
    old.close();
    expect(read).toMatchObject({ ok: true, endpoint, kvs: [{ key: 'coreos.com/slashless/config', value: '{}' }] });
  });
});

describeWith(etcdNeeds, 'an etcd whose gateway is off', () => {
  test('says so', { timeout: 30_000 }, async () => {
    const etcd = await startEtcd({ flags: ['--enable-grpc-gateway=false'] });
    try {
      const { message } = await refusalOf({ endpoints: [etcd.endpoint] });
      expect(message).toMatch(/^etcd http:\/\/127\.0\.0\.1:\d+ \(version 3\.[\d.]+\) has no JSON gateway$/);
    } finally {
      await etcd.stop();
    }
  });
});
