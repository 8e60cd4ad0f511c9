import type { DnsConfig, Pod } from '../model/cluster.ts';
import { listOf, mappingOf, textOf } from './read.ts';

const POLICIES = ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'] as const;

/** spec.dnsPolicy of a pod; undefined for anything else. */
export const dnsPolicyOf = (value: unknown): Pod['dnsPolicy'] => POLICIES.find((policy) => policy === value);

/** spec.dnsConfig of a pod, or the short form's: what is no text is left out. */
export const dnsConfigOf = (value: unknown): DnsConfig => {
  const { nameservers, searches, options } = mappingOf(value);
  const texts = (list: unknown) => listOf(list).flatMap((item) => textOf(item) ?? []);
  return {
    nameservers: texts(nameservers),
    searches: texts(searches),
    options: listOf(options).flatMap((item) => {
      const { name, value: setting } = mappingOf(item);
      if (typeof name !== 'string') return [];
      return [{ name, ...(setting === undefined || setting === null ? {} : { value: String(setting) }) }];
    }),
  };
};
