import { expect, test } from 'vitest';
import { createNetns } from '../../src/linux/build.ts';
import type { Match, NfRule } from '../../src/linux/netfilter.ts';
import type { Netns } from '../../src/linux/netns.ts';
import { familyOf, formatIp } from '../../src/net/ip.ts';
import { formatPrefix } from '../../src/net/prefix.ts';
import { addIpvs } from '../../src/services/ipvs/index.ts';
import type { ProxySite } from '../../src/services/types.ts';
import { type Suite, siteOf } from './flows.ts';
import { describeCases, flowCases, ip } from './support.ts';

type Case = Suite & {
  proxy: { nodeIPs: string[] };
  expect: {
    virtualServerCount?: number;
    virtualServers?: { ip: string; port: number; protocol: string; realServers: string[] }[];
    ipsets?: Record<string, string[]>;
    chains?: Record<string, string[]>;
  };
};

const site = (given: Case): ProxySite => {
  const one = siteOf(given);
  return { ...one, node: { ...one.node, ips: given.proxy.nodeIPs.map(ip).filter((address) => familyOf(address) === one.family) } };
};

const testOf = (match: Match): string => {
  switch (match.match) {
    case 'set':
      return match.set;
    case 'saddr':
      return `src ${formatPrefix(match.prefix)}`;
    case 'addrtype':
      return `${match.side} ${match.type}`;
    default:
      return '';
  }
};
const arrow = ({ matches, action }: NfRule): string =>
  `${matches.map(testOf).find((text) => text !== '') ?? '*'} -> ${'chain' in action ? action.chain : action.target}`;

const rulesOf = (netns: Netns, name: string): readonly NfRule[] => {
  const [table = '', chain = ''] = name.split(' ');
  return netns.tables.find((one) => one.name === table)?.chains.find((one) => one.name === chain)?.rules ?? [];
};

describeCases("kube-proxy's own cases", () => {
  test.for(flowCases<Case[]>('ipvs').map((one) => [one.id, one] as const))('%s', ([, given]) => {
    const node = addIpvs(site(given), createNetns('test-node', 'node'));
    const servers = node.ipvs?.servers ?? [];
    const { virtualServerCount, virtualServers = [], ipsets = {}, chains = {} } = given.expect;
    if (virtualServerCount !== undefined) expect(servers).toHaveLength(virtualServerCount);
    for (const want of virtualServers) {
      const found = servers.find((one) => one.ip === ip(want.ip) && one.port === want.port && one.protocol === want.protocol.toLowerCase());
      expect(found?.realServers.map((one) => `${formatIp(one.ip)}:${one.port}`)).toEqual(want.realServers);
    }
    for (const [name, entries] of Object.entries(ipsets))
      expect([name, ...(node.ipsets.find((set) => set.name === name)?.entries ?? [])].sort()).toEqual([name, ...entries].sort());
    for (const [name, rules] of Object.entries(chains)) expect(rulesOf(node, name).map(arrow)).toEqual(rules);
  });
});
