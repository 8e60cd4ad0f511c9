import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describeNode } from '../src/node.ts';
import { fixtures } from './support/fixtures.ts';
import { asker, planOf } from './support/plan.ts';

// What every plugin owes: the same flows through each cluster that people read first. What one does not do says why.

type Flow = readonly [name: string, from: 'first' | 'node', to: 'neighbour' | 'far' | 'own node' | 'internet', verdict: string];
const FLOWS: readonly Flow[] = [
  ['pod to pod, same node', 'first', 'neighbour', 'delivered'],
  ['pod to pod, other node', 'first', 'far', 'delivered'],
  ['pod to its own node', 'first', 'own node', 'delivered'],
  ['node to its pod', 'node', 'neighbour', 'delivered'],
  ['pod to the internet', 'first', 'internet', 'exits'],
];

/** Flows that a scenario is there to show failing. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'flannel/nftables pod to pod, other node': 'FILTER_POLICY_DROP',
};

/** Where pods hang on a bridge to the cloud itself, nothing counts as a router: the cloud takes nothing off the TTL. */
const NO_ROUTER = new Set(['azure-cni/bridge']);

for (const fixture of fixtures)
  describe(fixture.name, async () => {
    const plan = await planOf(readFileSync(fixture.file, 'utf8'), fixture.file);
    const ask = asker(plan);
    const { pods, nodes } = plan.cluster;
    const first = pods[0]!;
    const neighbour = pods.find((p) => p.node === first.node && p !== first);
    const far = pods.find((p) => p.node !== first.node)!;
    const ends = { first: first.name, node: first.node!, neighbour: neighbour?.name, far: far.name, 'own node': first.node!, internet: '203.0.113.10' };

    for (const [name, from, to, verdict] of FLOWS) {
      const end = ends[to];
      const source = ends[from];
      if (end === undefined || source === undefined) continue;
      test(name, () => {
        const { forward, replies } = ask({ from: source, to: end });
        const code = EXCEPTIONS[`${fixture.name} ${name}`];
        if (code !== undefined) return expect(forward.reason.code).toBe(code);
        expect([forward.verdict, replies.map((r) => r.verdict)]).toEqual([verdict, ['delivered']]);
      });
    }

    test('TTL 1 is answered by the first router, with its own address', () => {
      const { forward } = ask({ from: first.name, to: '203.0.113.10', ttl: 1 });
      if (NO_ROUTER.has(fixture.name)) return expect(forward.verdict).toBe('exits');
      expect([forward.reason.code, forward.error?.verdict, forward.error?.netns]).toEqual(['TTL_EXPIRED', 'delivered', `default/${first.name}`]);
    });

    test('every namespace can be described, and no route leads out of a link that is not there', () => {
      for (const id of [...nodes.map((n) => n.name), ...pods.map((p) => `default/${p.name}`)]) {
        const netns = plan.world.netns(id);
        if (!netns) continue;
        expect(describeNode(netns).sections.length).toBeGreaterThan(0);
        const links = new Set(netns.links.map((l) => l.ifname));
        expect(netns.routes.flatMap((r) => r.nexthops.map((hop) => hop.dev)).filter((dev) => !links.has(dev))).toEqual([]);
        expect(netns.addresses.map((a) => a.dev).filter((dev) => !links.has(dev))).toEqual([]);
      }
    });
  });
