import type { Origin } from './origin.ts';

type Sourced = { origin?: Origin };

/** A netfilter chain with its rules as the table's own tool prints them. */
export type ChainDoc = {
  tool: 'iptables' | 'nft' | 'ebtables';
  family: string;
  table: string;
  chain: string;
  hook?: string;
  priority?: number;
  policy?: string;
  comment?: string;
  rules: (Sourced & { line: string })[];
};

/** A named set of an nft table; `timeout` in seconds. */
export type NftSetDoc = {
  family: string;
  table: string;
  name: string;
  /** What an element is made of, e.g. ipv4_addr, inet_proto, inet_service. */
  type: string[];
  flags?: string[];
  timeout?: number;
  comment?: string;
  elem: string[];
};

/** A named verdict map of an nft table. */
export type NftMapDoc = {
  family: string;
  table: string;
  name: string;
  type: string[];
  map: 'verdict';
  comment?: string;
  elem: (Sourced & { key: string; verdict: string; comment?: string })[];
};

/** The fields of `k8snet/node/v1` that netfilter's state is in. */
export type NetfilterDoc = {
  netfilter: ChainDoc[];
  nftsets: NftSetDoc[];
  nftmaps: NftMapDoc[];
  ipsets: { name: string; type: string; family: 'inet' | 'inet6'; entries: string[] }[];
};
