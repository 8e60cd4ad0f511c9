import type { Assumption, Place } from '../../model/place.ts';
import type { Service } from '../../model/service.ts';
import { formatIp, type Ip } from '../../net/ip.ts';

export type RecordType = 'A' | 'AAAA' | 'SRV' | 'PTR' | 'CNAME';

/** A resource record. Names are absolute, in lower case and without the last dot; `ttl` is in seconds. */
export type DnsRecord = { readonly name: string; readonly ttl: number } & (
  | { readonly type: 'A' | 'AAAA'; readonly ip: Ip }
  | { readonly type: 'CNAME' | 'PTR'; readonly target: string }
  | {
      readonly type: 'SRV';
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
);

/** An endpoint that a name stands for. `port` comes from an SRV record: an address alone has none. */
export type NamedBackend = {
  readonly ip: Ip;
  readonly port?: number;
  readonly pod?: { readonly namespace: string; readonly name: string };
};

/** What the records of an answer belong to. */
export type About =
  | { readonly kind: 'service'; readonly service: Service; readonly port?: number }
  | { readonly kind: 'endpoints'; readonly service: Service; readonly backends: readonly NamedBackend[] }
  | { readonly kind: 'pod' | 'address'; readonly ip: Ip }
  | { readonly kind: 'external'; readonly name: string };

/**
 * NODATA is NOERROR without a record of that type. FORWARDED: the server asks others, and what they say is not known.
 */
export type Rcode = 'NOERROR' | 'NXDOMAIN' | 'NODATA' | 'FORWARDED';

export type Answer = {
  readonly rcode: Rcode;
  readonly records: readonly DnsRecord[];
  readonly about?: About;
  /** Why there is no record, or where it comes from. */
  readonly because?: string;
  /** The Service that decided. */
  readonly place?: Place;
  readonly assumption?: Assumption;
};

/** The data of a record as dig prints it, but for the last dots: `10.96.0.10`, `0 100 80 web.shop.svc.cluster.local`. */
const dataOf = (record: DnsRecord): string => {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return formatIp(record.ip);
    case 'CNAME':
    case 'PTR':
      return record.target;
    case 'SRV':
      return `${record.priority} ${record.weight} ${record.port} ${record.target}`;
  }
};

/** A record in an answer to a question of `asked`: the type is said where it is another. */
export const recordText = (record: DnsRecord, asked: RecordType): string =>
  record.type === asked ? dataOf(record) : `${record.type} ${dataOf(record)}`;

/** An answer without records. */
export const empty = (rcode: Answer['rcode'], because: string, place?: Place): Answer => ({
  rcode,
  records: [],
  because,
  ...(place && { place }),
});
