import type { Path, Place, Problem, Span } from '../model/place.ts';
import { familyOf, type Ip } from '../net/ip.ts';
import type { Prefix } from '../net/prefix.ts';
import { parseOldIp, parseOldPrefix, type Reading, readIp, readPrefix, report } from './read.ts';
import { isSpan } from './validate-judge.ts';

type Texts = readonly (readonly [text: string, path: Path])[];

/** Reads the addresses of Services and their endpoints: none or one for each text. */
export type ServiceReader = {
  readonly ip: (text: string, path: Path) => readonly Ip[];
  readonly range: (text: string, path: Path) => readonly Prefix[];
  readonly onePerFamily: (texts: Texts) => readonly Ip[];
};

/** What a person wrote: every mistake is a problem at its place. */
export const strictAddresses = (placeOf: (path: Path) => Place, problems: Problem[]): ServiceReader => {
  const at = (path: Path): Span => {
    const place = placeOf(path);
    return isSpan(place) ? place : { file: place.file, line: place.line, column: place.column, length: 1 };
  };
  const reading: Reading = { at, problems };
  const one = <T>(value: T | undefined): readonly T[] => (value === undefined ? [] : [value]);
  return {
    ip: (text, path) => one(readIp(reading, text, path)),
    range: (text, path) => one(readPrefix(reading, text, path)),
    onePerFamily: (texts) => {
      const seen = new Set<number>();
      return texts.flatMap(([text, path]) => {
        const ip = readIp(reading, text, path);
        if (ip === undefined) return [];
        if (seen.has(familyOf(ip))) {
          const message = `a second IPv${familyOf(ip)} address`;
          report(reading, 'TOO_MANY_ADDRESSES', path, message, 'at most one IPv4 and one IPv6');
          return [];
        }
        seen.add(familyOf(ip));
        return [ip];
      });
    },
  };
};

/** What an API server gave: it has taken it, leading zeros included, and what is no address was blanked out later. */
export const oldAddresses = (unreadable: (text: string) => void): ServiceReader => {
  const ip = (text: string): readonly Ip[] => {
    const found = parseOldIp(text);
    if (found === undefined) unreadable(text);
    return found === undefined ? [] : [found];
  };
  return {
    ip,
    range: (text) => {
      const found = parseOldPrefix(text);
      if (found === undefined) unreadable(text);
      return found === undefined ? [] : [found];
    },
    onePerFamily: (texts) => texts.flatMap(([text]) => ip(text)),
  };
};
