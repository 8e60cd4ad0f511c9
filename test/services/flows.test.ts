import { expect, test } from 'vitest';
import { addIptables } from '../../src/services/iptables/index.ts';
import { addKubelet } from '../../src/services/kube-chains.ts';
import { describeWith, needs, sharedCases } from '../support/needs.ts';
import { type Build, outcomeOf, suitesOf } from './flows.ts';

const MODES: readonly ['iptables', Build][] = [['iptables', (site, netns) => addIptables(site, addKubelet(netns, site.family))]];

describeWith([needs.shared()], "what kube-proxy's own tests expect of each mode", () => {
  for (const [mode, build] of sharedCases === undefined ? [] : MODES)
    for (const suite of suitesOf(mode))
      test.for(suite.flows.map((flow) => [flow.name, flow] as const))(`${suite.id}: %s`, ([, flow]) => {
        expect(outcomeOf(suite, flow, build)).toEqual(flow.expect);
      });
});
