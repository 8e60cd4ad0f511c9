import { type Ip, parseIp } from '../../net/ip.ts';

/** A port as it is typed: its number, or the name that the Service gives it. */
export type TypedPort = number | string;

/** What a word on the command line says, by its form alone. Whether such a thing exists is not looked at. */
export type TypedEnd =
  | { readonly kind: 'service'; readonly namespace?: string; readonly name: string; readonly port?: TypedPort }
  | { readonly kind: 'name'; readonly name: string; readonly port?: TypedPort }
  | { readonly kind: 'node'; readonly name: string; readonly port: number }
  | { readonly kind: 'address'; readonly ip: Ip; readonly port?: number };

const SERVICE_WORDS = new Set(['svc', 'service', 'services']);
const NODE_WORDS = new Set(['no', 'node', 'nodes']);
/** Kinds that a name may stand behind and that are no namespace. */
const OTHER_WORDS = new Set(
  'po pod pods deploy deployment deployments rs replicaset replicasets sts statefulset statefulsets ds daemonset daemonsets job jobs'.split(
    ' ',
  ),
);

const MAX_PORT = 65535;
/** Underscores: `_http._tcp.web`. */
const NAME = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i;
const PORT_NAME = /^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/;

// Digits and dots alone are an address gone wrong.
const isName = (text: string): boolean => text.length <= 253 && NAME.test(text) && !/^[\d.]+$/.test(text);

const numberOf = (text: string): number | undefined => {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : Number.NaN;
  return port <= MAX_PORT ? port : undefined;
};

type Split = { readonly head: string; readonly port?: TypedPort };

/** `web:80`, `web:http` or `web`; undefined where what follows the colon is no port. */
const splitPort = (text: string): Split | undefined => {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return { head: text };
  const [head, tail] = [text.slice(0, colon), text.slice(colon + 1)];
  const port = numberOf(tail) ?? (PORT_NAME.test(tail) ? tail : undefined);
  return port === undefined ? undefined : { head, port };
};

const addressOf = (text: string): TypedEnd | undefined => {
  const bare = parseIp(text);
  if (bare !== undefined) return { kind: 'address', ip: bare };
  const [, six, sixPort] = /^\[([^\]]*:[^\]]*)\](?::(\d+))?$/.exec(text) ?? [];
  const [, four, fourPort] = /^([\d.]+):(\d+)$/.exec(text) ?? [];
  const ip = parseIp(six ?? four ?? '');
  const digits = sixPort ?? fourPort;
  if (ip === undefined) return undefined;
  if (digits === undefined) return { kind: 'address', ip };
  const port = numberOf(digits);
  return port === undefined ? undefined : { kind: 'address', ip, port };
};

// A Service's own name has no dot, so that svc/web.shop can only mean the namespace.
const serviceOf = ({ head, port }: Split, namespace?: string): TypedEnd | undefined => {
  if (!isName(head) || head.endsWith('.')) return undefined;
  const dot = head.indexOf('.');
  if (namespace !== undefined && dot >= 0) return undefined;
  const [name, rest] = dot < 0 ? [head, ''] : [head.slice(0, dot), head.slice(dot + 1)];
  if (rest.includes('.')) return undefined;
  const where = namespace ?? (rest === '' ? undefined : rest);
  return {
    kind: 'service',
    ...(where !== undefined && { namespace: where }),
    name,
    ...(port !== undefined && { port }),
  };
};

const slashed = (words: readonly string[], split: Split): TypedEnd | undefined => {
  const [first = '', second = ''] = words;
  if (words.length === 1) {
    if (SERVICE_WORDS.has(first)) return serviceOf(split);
    if (NODE_WORDS.has(first)) {
      const { head, port } = split;
      return isName(head) && typeof port === 'number' ? { kind: 'node', name: head, port } : undefined;
    }
    return isName(first) && !OTHER_WORDS.has(first) ? serviceOf(split, first) : undefined;
  }
  if (words.length !== 2) return undefined;
  // svc/shop/web and shop/svc/web.
  if (SERVICE_WORDS.has(first)) return isName(second) ? serviceOf(split, second) : undefined;
  return SERVICE_WORDS.has(second) && isName(first) ? serviceOf(split, first) : undefined;
};

/**
 * Reads an end of a trace: `svc/web`, `svc/web:http`, `svc/web.shop`, `svc/shop/web`, `shop/svc/web`, `shop/web:80`, `node/n1:30080`,
 * `10.96.0.10:53`, `[fd00::a]:53`, or a name as a program would look it up, `web.shop.svc.cluster.local.:80`.
 * Undefined for other kinds (`pod/a`, `deploy/a`, a node without a port) and for what is no name.
 * `shop/web` is read as a Service: a caller that also knows pods asks for the pod first. The same holds for a bare name.
 */
export const parseEnd = (text: string): TypedEnd | undefined => {
  const address = addressOf(text);
  if (address) return address;
  const split = splitPort(text);
  if (!split) return undefined;
  const words = split.head.split('/');
  const head = words.pop() ?? '';
  if (words.length > 0) return slashed(words, { ...split, head });
  return isName(head) ? { kind: 'name', name: head, ...(split.port !== undefined && { port: split.port }) } : undefined;
};
