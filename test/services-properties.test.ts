import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDataplane, type Journey, OUTSIDE } from '../src/dataplane/index.ts';
import type { Cluster } from '../src/model/cluster.ts';
import type { ProxyMode, Service } from '../src/model/service.ts';
import { addToIp } from '../src/net/ip.ts';
import { plugins } from '../src/plugins/index.ts';
import { planServices } from '../src/services/index.ts';
import { anyCluster } from './support/clusters.ts';
import { type Asked, anyServiceQuestion, OUTSIDE_IP, withAnyServices } from './support/services.ts';
import { ip } from './support/world.ts';

const loaded = Object.fromEntries(await Promise.all(Object.entries(plugins).map(async ([name, load]) => [name, (await load()).default] as const)));
const numRuns = Math.ceil(Number(process.env['K8SNET_RANDOM'] ?? 300) / 3);
const anyMode = fc.constantFrom<ProxyMode>('iptables', 'nftables', 'ipvs');
const anyCase = fc
  .tuple(
    anyCluster.filter(({ pods }) => pods.length > 0),
    anyMode,
  )
  .chain(([cluster, mode]) => withAnyServices(cluster, mode))
  .chain((cluster) => anyServiceQuestion(cluster).map((asked) => ({ cluster, asked })));

const ask = async (cluster: Cluster, { from, to, protocol, port }: Asked): Promise<readonly Journey[]> => {
  const plan = loaded[cluster.plugin.name]!.plan(cluster);
  const { world } = await planServices(plan.cluster, plan.world);
  const outside = from === 'outside';
  const probe = { netns: outside ? OUTSIDE : from, ...(outside && { src: OUTSIDE_IP }), dst: to, protocol, port, length: 60, df: true } as const;
  return createDataplane(world).walk(probe, { reply: true });
};
const text = (journeys: readonly Journey[]) => JSON.stringify(journeys, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));

// 250 Services that nobody asks for: state is then made only for what the packet can match.
const crowd = (services: readonly Service[]): readonly Service[] => [
  ...services,
  ...Array.from({ length: 250 }, (_, i): Service => {
    const { affinitySeconds: _affinity, healthCheckNodePort: _check, ...rest } = services[0]!;
    const ports = rest.ports.map(({ nodePort: _, ...port }) => port);
    return {
      ...rest,
      name: `other${i}`,
      type: 'ClusterIP',
      externalIPs: [],
      ingress: [],
      ports,
      clusterIPs: [addToIp(ip('10.96.8.0'), i)],
      selector: { app: 'nobody' },
    };
  }),
];

// How a walk went, without the rules that were looked at on the way.
const course = (journeys: readonly Journey[]) =>
  journeys.map(({ forward, replies }) =>
    [forward, ...replies].map(({ verdict, reason, netns, packet, probability, taps }) => [
      verdict,
      reason.code,
      netns,
      text([{ packet } as never]),
      probability,
      taps.length,
    ]),
  );

test('every packet to a Service ends somewhere, by ways whose probabilities sum to one, and the same way each time', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ cluster, asked }) => {
      const journeys = await ask(cluster, asked);
      expect(journeys.reduce((sum, { forward }) => sum + forward.probability, 0)).toBeCloseTo(1);
      // A cloud's load balancer that answers itself is not modelled, and says so.
      for (const { forward } of journeys)
        if (forward.reason.code !== 'UNSUPPORTED_LOAD_BALANCER') expect(['delivered', 'exits', 'dropped', 'rejected', 'looped']).toContain(forward.verdict);
      expect(text(await ask(cluster, asked))).toBe(text(journeys));
    }),
    { numRuns },
  );
});

test('an answer that its asker takes comes from the address and port that were asked', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ cluster, asked }) => {
      for (const { replies } of await ask(cluster, asked))
        for (const { verdict, packet } of replies)
          if (verdict === 'delivered') expect([packet.src, 'sport' in packet.l4 && packet.l4.sport]).toEqual([asked.to, asked.port]);
    }),
    { numRuns },
  );
});

test('a crowd of other Services changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ cluster, asked }) => {
      const crowded = { ...cluster, services: crowd(cluster.services) };
      expect(course(await ask(crowded, asked))).toEqual(course(await ask(cluster, asked)));
    }),
    { numRuns: Math.ceil(numRuns / 2) },
  );
});
