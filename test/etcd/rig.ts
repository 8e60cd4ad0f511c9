import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { needs } from '../support/needs.ts';

const run = promisify(execFile);

/** What a real etcd with certificates takes. */
export const etcdNeeds = [needs.commands('etcd', 'etcdctl', 'openssl')];

export type Etcd = {
  readonly endpoint: string;
  /** Runs etcdctl against it, with the v3 API. */
  readonly ctl: (...args: string[]) => Promise<string>;
  /** Writes a key the way flanneld does: on a new etcd lease of 24 hours. Returns the lease's id in decimal. */
  readonly putLeased: (key: string, value: string) => Promise<string>;
  readonly stop: () => Promise<void>;
};

export type EtcdSetup = {
  readonly flags?: readonly string[];
  readonly tls?: Pki;
  /** etcdctl does not check the server's name. */
  readonly insecureClient?: boolean;
};

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

const tempFolder = (): string => mkdtempSync(join(tmpdir(), `k8snet-${process.pid}-`));

/** Starts one etcd on loopback; it is ended by its own pid, and killed if it does not go within five seconds. */
export async function startEtcd(setup: EtcdSetup = {}): Promise<Etcd> {
  const folder = tempFolder();
  const [client, peer] = [await freePort(), await freePort()];
  const endpoint = `${setup.tls ? 'https' : 'http'}://127.0.0.1:${client}`;
  const tls = setup.tls;
  const child = spawn(
    'etcd',
    [
      ...['--data-dir', join(folder, 'data'), '--logger', 'zap', '--log-level', 'error', '--unsafe-no-fsync'],
      ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
      ...['--listen-peer-urls', `http://127.0.0.1:${peer}`, '--initial-advertise-peer-urls', `http://127.0.0.1:${peer}`],
      ...['--initial-cluster', `default=http://127.0.0.1:${peer}`],
      ...(tls ? ['--cert-file', tls.server.cert, '--key-file', tls.server.key, '--trusted-ca-file', tls.ca, '--client-cert-auth'] : []),
      ...(setup.flags ?? []),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    const kill = setTimeout(() => child.kill('SIGKILL'), 5000);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(kill);
    rmSync(folder, { recursive: true, force: true });
  };
  const secure = tls
    ? ['--cacert', tls.ca, '--cert', tls.client.cert, '--key', tls.client.key, ...(setup.insecureClient ? ['--insecure-skip-tls-verify'] : [])]
    : [];
  const ctl = async (...args: string[]): Promise<string> => {
    const env = { ...process.env, ETCDCTL_API: '3' };
    const { stdout } = await run('etcdctl', ['--endpoints', endpoint, '--dial-timeout', '2s', ...secure, ...args], { env, timeout: 10_000 });
    return stdout;
  };
  const putLeased = async (key: string, value: string): Promise<string> => {
    const hex = /lease ([0-9a-f]+) granted/.exec(await ctl('lease', 'grant', '86400'))?.[1] ?? '';
    await ctl('put', `--lease=${hex}`, key, value);
    return BigInt(`0x${hex}`).toString();
  };
  const limit = Date.now() + 15_000;
  for (;;) {
    if (child.exitCode !== null || Date.now() > limit) {
      await stop();
      throw new Error(`etcd did not start: ${log}`);
    }
    const healthy = await ctl('endpoint', 'health').catch(() => undefined);
    if (healthy !== undefined) return { endpoint, ctl, putLeased, stop };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export type KeyPair = { readonly cert: string; readonly key: string };
export type Pki = {
  readonly folder: string;
  readonly ca: string;
  readonly otherCa: string;
  readonly server: KeyPair;
  readonly client: KeyPair;
  /** Signed by the other CA. */
  readonly stranger: KeyPair;
  readonly remove: () => void;
};

/** A CA, a server certificate for `subjectAltName`, client certificates: made by openssl in a temp folder. */
export function makePki(subjectAltName = 'IP:127.0.0.1,DNS:localhost'): Pki {
  const folder = tempFolder();
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const path = (name: string) => join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const ca = (name: string) => openssl('req', '-x509', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`, '-days', '2');
  const sign = (name: string, by: string, extensions: string): KeyPair => {
    writeFileSync(path(`${name}.ext`), extensions);
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      `${by}.pem`,
      '-CAkey',
      `${by}.key`,
      '-CAcreateserial',
      '-out',
      `${name}.pem`,
      '-days',
      '2',
      '-extfile',
      `${name}.ext`,
    );
    return { cert: path(`${name}.pem`), key: path(`${name}.key`) };
  };
  ca('ca');
  ca('other');
  return {
    folder,
    ca: path('ca.pem'),
    otherCa: path('other.pem'),
    // etcd's gateway is a client of its own server and shows the server's certificate, hence clientAuth there as well.
    server: sign('server', 'ca', `subjectAltName=${subjectAltName}\nextendedKeyUsage=serverAuth,clientAuth\n`),
    client: sign('client', 'ca', 'extendedKeyUsage=clientAuth\n'),
    stranger: sign('stranger', 'other', 'extendedKeyUsage=clientAuth\n'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** One call of the gateway, for filling an etcd faster than etcdctl can. */
export const postJson = (endpoint: string, path: string, body: unknown): Promise<Record<string, unknown>> =>
  new Promise((resolve, reject) => {
    const call = request(new URL(path, endpoint), { method: 'POST', timeout: 10_000 }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(JSON.parse(text)));
    });
    call.on('error', reject);
    call.end(JSON.stringify(body));
  });

export const writeFolder = (files: Readonly<Record<string, string>>): string => {
  const folder = tempFolder();
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
};
