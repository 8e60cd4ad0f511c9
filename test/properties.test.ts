import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDataplane, type Journey } from '../src/dataplane/index.ts';
import type { Walk } from '../src/dataplane/walk.ts';
import type { Cluster } from '../src/model/cluster.ts';
import { plugins } from '../src/plugins/index.ts';
import { anyCluster, anyQuestion } from './support/clusters.ts';

const loaded = Object.fromEntries(await Promise.all(Object.entries(plugins).map(async ([name, load]) => [name, (await load()).default] as const)));
const worldOf = (cluster: Cluster) => loaded[cluster.plugin.name]!.plan(cluster).world;
const anyCase = anyCluster.chain((cluster) => anyQuestion(cluster).map((probe) => ({ cluster, probe })));
const numRuns = Number(process.env['K8SNET_RANDOM'] ?? 300);
const verdicts = ['delivered', 'exits', 'dropped', 'rejected', 'looped'];
const text = (journeys: readonly Journey[]) => JSON.stringify(journeys, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
const all = (journey: Journey): Walk[] => [journey.forward, ...journey.replies].flatMap((w) => (w.error ? [w, w.error] : [w]));

test('every packet in every cluster ends somewhere, with a reason, and the same way each time', () => {
  fc.assert(
    fc.property(anyCase, ({ cluster, probe }) => {
      const journeys = createDataplane(worldOf(cluster)).walk(probe, { reply: true });
      expect(journeys.reduce((sum, j) => sum + j.forward.probability, 0)).toBeCloseTo(1);
      for (const walk of journeys.flatMap(all)) {
        expect(verdicts).toContain(walk.verdict);
        expect(walk.reason.code).toMatch(/^[A-Z][A-Z_]+$/);
        expect(walk.steps.length).toBeGreaterThan(0);
      }
      expect(text(createDataplane(worldOf(cluster)).walk(probe, { reply: true }))).toBe(text(journeys));
    }),
    { numRuns },
  );
});

test('a packet never gains TTL, and never arrives with a source of nobody', () => {
  fc.assert(
    fc.property(anyCase, ({ cluster, probe }) => {
      for (const { forward } of createDataplane(worldOf(cluster)).walk(probe, { reply: false })) {
        expect(forward.packet.ttl).toBeLessThanOrEqual(probe.ttl);
        const world = worldOf(cluster);
        const owners = [...cluster.nodes.map((n) => n.name), ...cluster.pods.map((p) => `${p.namespace}/${p.name}`)];
        const owned = owners.some((id) => world.netns(id)?.addresses.some((a) => a.local === forward.packet.src));
        if (forward.verdict === 'delivered') expect(owned).toBe(true);
      }
    }),
    { numRuns },
  );
});

test('when all pod routes are there and nothing is in the way, the answer to an echo comes home', () => {
  fc.assert(
    fc.property(anyCase, ({ cluster, probe }) => {
      const open: Cluster = { ...cluster, nodes: cluster.nodes.map((n) => ({ ...n, forwardPolicy: 'ACCEPT', ipForwarding: true, mtu: 1500, sysctls: {} })) };
      const quiet = { ...probe, protocol: 'icmp' as const, length: 84, ttl: 64 };
      for (const { forward, replies } of createDataplane(worldOf(open)).walk(quiet, { reply: true }))
        if (forward.verdict === 'delivered') expect(replies.map((r) => [r.verdict, r.netns])).toEqual([['delivered', probe.netns]]);
    }),
    { numRuns },
  );
});
