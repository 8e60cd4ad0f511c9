import type { EtcdOptions } from '../etcd.ts';
import type { Endpoint } from './endpoint.ts';
import type { Failure } from './failure.ts';
import { type Answer, type Connection, connect } from './http.ts';
import type { TlsFiles } from './tls.ts';

export type Json = Readonly<Record<string, unknown>>;
export type Reply = { readonly ok: true; readonly json: Json } | { readonly ok: false; readonly failure: Failure };

/** An etcd that has answered and has let us in. */
export type Gateway = {
  readonly api: string;
  /** When the whole read must be over, in ms of Date.now(). */
  readonly deadline: number;
  readonly post: (method: string, body: unknown) => Promise<Reply>;
  /** A plain GET beside the gateway: `/version`, `/v2/keys/…`. */
  readonly get: (path: string) => Promise<Answer | undefined>;
  readonly close: () => void;
};

type Opened = { readonly ok: true; readonly gateway: Gateway } | { readonly ok: false; readonly failure: Failure };
type Limits = { readonly share: number; readonly deadline: number };

/** Where the gateway has lived: /v3 since etcd 3.4, /v3beta in 3.3 and 3.4, /v3alpha before (etcd's Documentation/dev-guide/api_grpc_gateway.md). */
const APIS = ['v3', 'v3beta', 'v3alpha'];

/** gRPC status codes that the gateway passes on. */
const FAILED_PRECONDITION = 9;

/** Finds the gateway's path, signs in where a user is given. */
export async function openGateway(
  endpoint: Endpoint,
  options: EtcdOptions,
  files: TlsFiles,
  limits: Limits,
): Promise<Opened> {
  const connection = connect(endpoint.url, files);
  const started = Date.now();
  const firstLimit = () => limits.share - (Date.now() - started);
  const fail = (failure: Failure): Opened => {
    connection.close();
    return { ok: false, failure };
  };
  for (const api of APIS) {
    const signIn = options.username !== undefined;
    const first = signIn
      ? { path: `/${api}/auth/authenticate`, body: { name: options.username, password: options.password ?? '' } }
      : { path: `/${api}/kv/range`, body: { key: encodeKey(`${options.prefix}/`), limit: 1 } };
    const exchange = await connection.ask({ ...first, timeoutMs: firstLimit() });
    if (!exchange.ok) return fail(exchange.failure);
    if (exchange.answer.status === 404) continue;
    const reply = readReply(exchange.answer);
    // As etcd's own client: a user that an etcd without authentication does not ask for is no error.
    const authOff = !reply.ok && reply.failure.kind === 'etcd' && reply.failure.code === FAILED_PRECONDITION;
    if (!reply.ok && !(signIn && authOff)) return fail(reply.failure);
    const token = signIn && reply.ok ? String(reply.json['token'] ?? '') : undefined;
    return { ok: true, gateway: gatewayAt(connection, api, token, limits.deadline) };
  }
  return fail(await whyNoGateway(connection, firstLimit()));
}

function gatewayAt(connection: Connection, api: string, token: string | undefined, deadline: number): Gateway {
  const ask = (path: string, body?: unknown) =>
    connection.ask({
      path,
      timeoutMs: deadline - Date.now(),
      ...(body === undefined ? {} : { body }),
      ...(token === undefined ? {} : { token }),
    });
  return {
    api,
    deadline,
    post: async (method, body) => {
      const exchange = await ask(`/${api}/${method}`, body);
      return exchange.ok ? readReply(exchange.answer) : exchange;
    },
    get: async (path) => {
      const exchange = await ask(path);
      return exchange.ok ? exchange.answer : undefined;
    },
    close: connection.close,
  };
}

/** Tells an answer of etcd from whatever else listens there. */
function readReply(answer: Answer): Reply {
  const { status, contentType, body } = answer;
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { ok: false, failure: { kind: 'not-etcd', status, contentType, body: body.slice(0, 200) } };
  }
  const object = typeof json === 'object' && json !== null ? (json as Json) : {};
  // The text of an error is called `error` up to etcd 3.5 and `message` in all versions since 3.4.
  const text = object['message'] ?? object['error'];
  if (typeof text === 'string' && typeof object['code'] === 'number') {
    return { ok: false, failure: { kind: 'etcd', code: object['code'], message: text } };
  }
  if (status === 200 && typeof object['header'] === 'object') return { ok: true, json: object };
  return { ok: false, failure: { kind: 'not-etcd', status, contentType, body: body.slice(0, 200) } };
}

/** All gateway paths are unknown there: an etcd 2, an etcd whose gateway is off, or no etcd. `/version` tells. */
async function whyNoGateway(connection: Connection, timeoutMs: number): Promise<Failure> {
  const exchange = await connection.ask({ path: '/version', timeoutMs });
  const answer = exchange.ok ? exchange.answer : { status: 404, contentType: '', body: '' };
  const version = /"etcdserver"\s*:\s*"([\d.]+)/.exec(answer.body)?.[1];
  if (version === undefined) {
    return { kind: 'not-etcd', status: 404, contentType: answer.contentType, body: answer.body.slice(0, 200) };
  }
  return version.startsWith('2.') ? { kind: 'v2-only', version } : { kind: 'gateway-off', version };
}

/** Keys and values travel as base64. */
export const encodeKey = (key: string | Buffer): string => Buffer.from(key as string).toString('base64');
export const decodeText = (base64: unknown): string => Buffer.from(String(base64 ?? ''), 'base64').toString('utf8');
