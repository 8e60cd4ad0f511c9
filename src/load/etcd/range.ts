import type { EtcdKeyValue } from '../etcd.ts';
import type { Failure } from './failure.ts';
import { decodeText, encodeKey, type Gateway, type Json } from './gateway.ts';

type PrefixRead =
  | { readonly ok: true; readonly revision: number; readonly kvs: readonly EtcdKeyValue[] }
  | { readonly ok: false; readonly failure: Failure };

/** Small enough for one gRPC message (1 MiB of leases at 300 bytes each would be 3,500), large enough that 5,000 leases are five requests. */
const PAGE = 1000;
/** Remaining-time questions under way at once: one per key, as flanneld asks them one after another. */
const TTL_AT_ONCE = 16;

/** The first key behind all keys that start with `prefix`: the last byte counted up, as etcd's clientv3 does for WithPrefix. */
function rangeEnd(prefix: string): Buffer {
  const bytes = Buffer.from(prefix);
  const last = bytes.length - 1;
  // The prefix ends in a slash, so the byte never overflows.
  bytes[last] = (bytes[last] ?? 0) + 1;
  return bytes;
}

/** All keys below `prefix/` at one revision, with the time their leases have left. */
export async function readPrefix(gateway: Gateway, prefix: string): Promise<PrefixRead> {
  const from = Buffer.from(`${prefix}/`);
  const end = encodeKey(rangeEnd(`${prefix}/`));
  const kvs: EtcdKeyValue[] = [];
  let revision: string | undefined;
  let key: Buffer = from;
  for (;;) {
    // Later pages ask for the first page's revision: leases that change meanwhile must not be seen twice or missed.
    const reply = await gateway.post('kv/range', {
      key: encodeKey(key),
      range_end: end,
      limit: PAGE,
      ...(revision === undefined ? {} : { revision }),
    });
    if (!reply.ok) return reply;
    revision ??= String((reply.json['header'] as Json)['revision'] ?? '0');
    const page = Array.isArray(reply.json['kvs']) ? (reply.json['kvs'] as Json[]) : [];
    for (const kv of page) kvs.push(toKeyValue(kv));
    const last = page.at(-1);
    if (reply.json['more'] !== true || !last) break;
    key = Buffer.concat([Buffer.from(String(last['key']), 'base64'), Buffer.of(0)]);
  }
  return { ok: true, revision: Number(revision), kvs: await withTimeToLive(gateway, kvs) };
}

/** 64-bit numbers are strings in the gateway's JSON, and zeros are left out. */
const toKeyValue = (kv: Json): EtcdKeyValue => ({
  key: decodeText(kv['key']),
  value: decodeText(kv['value']),
  leaseId: String(kv['lease'] ?? '0'),
  modRevision: Number(kv['mod_revision'] ?? 0),
});

/** Adds what each lease has left. It is extra: where etcd does not tell, or not in half of the time left, the keys are still good. */
async function withTimeToLive(gateway: Gateway, kvs: readonly EtcdKeyValue[]): Promise<readonly EtcdKeyValue[]> {
  const method = gateway.api === 'v3' ? 'lease/timetolive' : 'kv/lease/timetolive';
  const waiting = [...new Set(kvs.map((kv) => kv.leaseId))].filter((id) => id !== '0');
  const left = new Map<string, number>();
  const until = (Date.now() + gateway.deadline) / 2;
  const work = async () => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const reply = await gateway.post(method, { ID: id });
      if (!reply.ok || Date.now() > until) {
        waiting.length = 0;
        return;
      }
      const ttl = Number(reply.json['TTL'] ?? 0);
      // -1: the lease ended after the keys were read.
      if (ttl >= 0) left.set(id, ttl);
    }
  };
  await Promise.all(Array.from({ length: TTL_AT_ONCE }, work));
  return kvs.map((kv) => {
    const ttlSeconds = left.get(kv.leaseId);
    return ttlSeconds === undefined ? kv : { ...kv, ttlSeconds };
  });
}

/** Nothing below the prefix: looks at the two places where the keys most often are instead. */
export async function hintForEmptyPrefix(gateway: Gateway, prefix: string): Promise<string> {
  const other = prefix.startsWith('/') ? prefix.slice(1) : `/${prefix}`;
  const beside = await gateway.post('kv/range', {
    key: encodeKey(`${other}/`),
    range_end: encodeKey(rangeEnd(`${other}/`)),
    limit: 1,
    keys_only: true,
  });
  if (beside.ok && Array.isArray(beside.json['kvs']) && beside.json['kvs'].length > 0) {
    return `there are keys under ${other}: the leading slash is part of the prefix`;
  }
  const v2 = await gateway.get(`/v2/keys/${encodeURI(prefix.replace(/^\//, ''))}`);
  if (v2?.status === 200 && v2.body.includes('"node"')) {
    return `the keys are in etcd's v2 store, which flanneld stopped reading in v0.18: write them again with ETCDCTL_API=3 etcdctl put ${prefix}/config …`;
  }
  return `flanneld's --etcd-prefix may be another one (default /coreos.com/network), or no config is written yet; list what is there: ETCDCTL_API=3 etcdctl get / --prefix --keys-only --limit 20`;
}
