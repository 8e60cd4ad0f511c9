import { type Endpoint, parseEndpoint } from './etcd/endpoint.ts';
import { describeFailure, type Failure, isDefinitive } from './etcd/failure.ts';
import { openGateway } from './etcd/gateway.ts';
import { hintForEmptyPrefix, readPrefix } from './etcd/range.ts';
import { readTlsFiles, type TlsFiles } from './etcd/tls.ts';

/**
 * How to reach an etcd. The fields are flanneld's flags without `--etcd-`: endpoints, prefix, cafile, certfile, keyfile, username, password
 * (flannel-io/flannel:main.go).
 */
export type EtcdOptions = {
  readonly endpoints: readonly string[];
  readonly prefix: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly username?: string;
  readonly password?: string;
  /** Limit for the whole read, all endpoints together. Default 10 s. */
  readonly timeoutMs?: number;
};

export type EtcdKeyValue = {
  readonly key: string;
  readonly value: string;
  /** The etcd lease that the key hangs on, in decimal; "0" = none, so the key never expires (flannel calls that a reservation). */
  readonly leaseId: string;
  readonly modRevision: number;
  /** What is left of the lease; absent without a lease, or where etcd did not say. */
  readonly ttlSeconds?: number;
};

export type EtcdRead =
  | {
      readonly ok: true;
      readonly endpoint: string;
      readonly revision: number;
      readonly kvs: readonly EtcdKeyValue[];
    }
  | { readonly ok: false; readonly message: string; readonly hint: string };

type Refusal = Extract<EtcdRead, { ok: false }>;
type Attempt = EtcdRead | { readonly failed: Failure };

const DEFAULT_TIMEOUT_MS = 10_000;

const refuse = (message: string, hint: string): Refusal => ({ ok: false, message, hint });

/** As Go's path.Join, which flanneld builds its keys with: no doubled and no trailing slash. */
const cleanPrefix = (prefix: string): string => prefix.replace(/\/+/g, '/').replace(/\/$/, '');

/**
 * Reads every key under a prefix from an etcd v3, by its JSON gateway (so without gRPC and without a dependency). The keys are of one revision, in
 * key order. Endpoints are tried in turn; whatever goes wrong is a value with one line and one hint, in which no password appears.
 */
export async function readEtcd(options: EtcdOptions): Promise<EtcdRead> {
  const prefix = cleanPrefix(options.prefix);
  if (prefix === '') {
    return refuse(
      `etcd prefix ${JSON.stringify(options.prefix)} means the whole store`,
      "name the prefix of flanneld's --etcd-prefix; its default is /coreos.com/network",
    );
  }
  const endpoints: Endpoint[] = [];
  for (const text of options.endpoints) {
    const endpoint = parseEndpoint(text, options);
    if (!endpoint.ok) return refuse(endpoint.message, endpoint.hint);
    endpoints.push(endpoint);
  }
  if (endpoints.length === 0) return refuse('no etcd endpoint given', 'for example http://127.0.0.1:2379');
  const tls = await readTlsFiles(options);
  if (!tls.ok) return refuse(tls.message, tls.hint);
  return tryInTurn(endpoints, { ...options, prefix }, tls.files);
}

async function tryInTurn(endpoints: readonly Endpoint[], options: EtcdOptions, files: TlsFiles): Promise<EtcdRead> {
  const deadline = Date.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const failures: Refusal[] = [];
  for (const [i, endpoint] of endpoints.entries()) {
    // A silent endpoint must not use up the time of those behind it: each may take its share to answer at all.
    const share = Math.max(1, (deadline - Date.now()) / (endpoints.length - i));
    const attempt = await readOne(endpoint, options, files, { share, deadline });
    if (!('failed' in attempt)) return attempt;
    const refusal = describeFailure(attempt.failed, endpoint.name, options);
    if (isDefinitive(attempt.failed)) return { ok: false, ...refusal };
    failures.push({ ok: false, ...refusal });
  }
  const [first] = failures;
  if (failures.length === 1 && first) return first;
  return refuse(
    `no etcd endpoint could be read: ${failures.map((f) => f.message).join('; ')}`,
    [...new Set(failures.map((f) => f.hint))].join('; '),
  );
}

async function readOne(
  endpoint: Endpoint,
  options: EtcdOptions,
  files: TlsFiles,
  limits: { readonly share: number; readonly deadline: number },
): Promise<Attempt> {
  const opened = await openGateway(endpoint, options, files, limits);
  if (!opened.ok) return { failed: opened.failure };
  const { gateway } = opened;
  try {
    const read = await readPrefix(gateway, options.prefix);
    if (!read.ok) return { failed: read.failure };
    if (read.kvs.length === 0) {
      const message = `no keys under ${options.prefix} in etcd ${endpoint.name}`;
      return refuse(message, await hintForEmptyPrefix(gateway, options.prefix));
    }
    return { ok: true, endpoint: endpoint.name, revision: read.revision, kvs: read.kvs };
  } finally {
    gateway.close();
  }
}
