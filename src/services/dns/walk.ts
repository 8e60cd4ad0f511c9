import type { Family } from '../../net/ip.ts';
import { type Answer, type RecordType, recordText } from './record.ts';
import type { NameQuestion, ResolutionStep } from './resolution.ts';
import type { ResolvConf } from './resolver.ts';
import { candidatesOf } from './search.ts';
import { ask } from './server.ts';
import type { NameService } from './setup.ts';

/** A question and its answer, as text and whole. */
export type Asked = { readonly step: ResolutionStep; readonly answer: Answer };

const typesOf = (name: string, family: Family | undefined): readonly RecordType[] => {
  if (/^_[^.]+\._[^.]+\./.test(name)) return ['SRV'];
  return family === undefined ? ['A', 'AAAA'] : [family === 4 ? 'A' : 'AAAA'];
};

const askOne = (names: NameService, nameserver: string, name: string, type: RecordType): Asked => {
  const answer = ask(names, nameserver, name, type);
  const { rcode, records, because, place } = answer;
  const answers = records.map((record) => recordText(record, type));
  const why = { ...(because !== undefined && { because }), ...(place && { place }) };
  return { step: { name, type, nameserver, rcode, answers, ...why }, answer };
};

/** Asks the first nameserver for one name after the other until one has a record; nothing where there is no nameserver. */
export const walkNames = (
  names: NameService,
  conf: ResolvConf,
  { name, family, libc = 'glibc' }: NameQuestion,
): readonly Asked[] => {
  const [nameserver] = conf.nameservers;
  if (nameserver === undefined) return [];
  const asked: Asked[] = [];
  for (const candidate of candidatesOf(name, conf, libc)) {
    const now = typesOf(name, family).map((type) => askOne(names, nameserver, candidate, type));
    asked.push(...now);
    const rcodes = now.map(({ step }) => step.rcode);
    if (rcodes.includes('NOERROR')) break;
    // musl goes on only where it is told that there is no such name.
    if (libc === 'musl' && !rcodes.includes('NXDOMAIN') && !rcodes.includes('FORWARDED')) break;
  }
  return asked;
};
