import { expect, test } from 'vitest';
import type { ProxyMode } from '../../src/model/service.ts';
import { addIptables } from '../../src/services/iptables/index.ts';
import { addKubelet } from '../../src/services/kube-chains.ts';
import { addNftables } from '../../src/services/nftables/index.ts';
import { describeWith, needs, sharedCases } from '../support/needs.ts';
import { type Build, ENVIRONMENT, outcomeOf, suitesOf } from './flows.ts';
import { flowCases } from './support.ts';

const MODES: readonly (readonly [ProxyMode, Build])[] = [
  ['iptables', (site, netns) => addIptables(site, addKubelet(netns, site.family))],
  ['nftables', addNftables],
];

describeWith([needs.shared()], "what kube-proxy's own tests expect of each mode", () => {
  test('the node is theirs', () => expect(flowCases('environment')).toMatchObject(ENVIRONMENT));
  for (const [mode, build] of sharedCases === undefined ? [] : MODES)
    for (const suite of suitesOf(mode))
      test.for(suite.flows.map((flow) => [flow.name, flow] as const))(`${suite.id}: %s`, ([, flow]) => {
        expect(outcomeOf(suite, flow, build)).toEqual(flow.expect);
      });
});
