import { type Ip, parseIp } from '../../net/ip.ts';
import { type Prefix, parseCidr, prefixOf } from '../../net/prefix.ts';

/**
 * A JSON object read as Go's encoding/json reads it into a struct, which is how flanneld reads its configuration and its leases:
 * field names match without regard to case (the last one wins), null leaves the default, unknown fields are skipped, a wrong type is an error.
 */
export type GoObject = {
  readonly bool: (field: string, otherwise: boolean) => boolean;
  readonly int: (field: string, otherwise: number) => number;
  readonly uint: (field: string) => number;
  readonly string: (field: string, otherwise: string) => string;
  /** `ip.IP4` and `ip.IP6`: their UnmarshalJSON takes no null. Undefined where absent. */
  readonly ip: (field: string, family: 4 | 6) => Ip | undefined;
  readonly cidr: (field: string, family: 4 | 6) => Prefix | undefined;
  /** Anything (json.RawMessage); undefined where absent, null where null. */
  readonly raw: (field: string) => unknown;
  /** Fields that none of the above asked for. */
  readonly others: () => readonly string[];
};

export type Report = (field: string, message: string) => void;

/** Parses text into an object; undefined (and reported) where Go's Unmarshal into a struct fails. */
export const goObject = (text: string, report: Report): GoObject | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    report('', `is not JSON: ${(error as Error).message}`);
    return undefined;
  }
  return goObjectOf(value, report);
};

export const goObjectOf = (value: unknown, report: Report): GoObject | undefined => {
  if (typeof value !== 'object' || Array.isArray(value)) {
    report('', `is ${nameOf(value)}, not an object`);
    return undefined;
  }
  const entries = new Map(Object.entries(value ?? {}).map(([key, v]) => [key.toLowerCase(), { key, v }]));
  const asked = new Set<string>();
  const raw = (field: string): unknown => {
    asked.add(field.toLowerCase());
    return entries.get(field.toLowerCase())?.v;
  };
  const typed = <T>(field: string, otherwise: T, want: string, fits: (v: unknown) => v is T): T => {
    const v = raw(field);
    if (v === undefined || v === null) return otherwise;
    if (fits(v)) return v;
    report(field, `${field} is ${nameOf(v)}, not ${want}`);
    return otherwise;
  };
  const isInt = (v: unknown): v is number => typeof v === 'number' && Number.isInteger(v);
  // Both address types trim the quotes and parse what is left, so null and numbers fail as bad addresses.
  const parsed = <T>(field: string, what: string, parse: (text: string) => T | undefined): T | undefined => {
    const v = raw(field);
    if (v === undefined) return undefined;
    const result = typeof v === 'string' ? parse(v) : undefined;
    if (result === undefined) report(field, `${field} ${JSON.stringify(v)} is not ${what}`);
    return result;
  };
  return {
    raw,
    bool: (field, otherwise) => typed(field, otherwise, 'true or false', (v) => typeof v === 'boolean'),
    int: (field, otherwise) => typed(field, otherwise, 'a whole number', isInt),
    uint: (field) => typed(field, 0, 'a whole number from 0', (v): v is number => isInt(v) && v >= 0),
    string: (field, otherwise) => typed(field, otherwise, 'a string', (v) => typeof v === 'string'),
    // The IPv6 fields are pointers: null means none.
    ip: (field, family) =>
      family === 6 && raw(field) === null
        ? undefined
        : parsed(field, `an IPv${family} address`, (text) => ofFamily(parseIp(text), family)),
    // net.ParseCIDR clears the host bits.
    cidr: (field, family) =>
      parsed(field, `an IPv${family} CIDR`, (text) => {
        const cidr = parseCidr(text);
        return cidr && ofFamily(cidr.ip, family) !== undefined ? prefixOf(cidr.ip, cidr.len) : undefined;
      }),
    others: () => [...entries].filter(([folded]) => !asked.has(folded)).map(([, { key }]) => key),
  };
};

const ofFamily = (ip: Ip | undefined, family: 4 | 6): Ip | undefined =>
  typeof ip === (family === 4 ? 'number' : 'bigint') ? ip : undefined;

const nameOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? `the string ${JSON.stringify(value)}` : `${value}`;
};
