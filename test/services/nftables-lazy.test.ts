import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createNetns } from '../../src/linux/build.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import type { EndpointSlice, Service } from '../../src/model/service.ts';
import type { Family } from '../../src/net/ip.ts';
import { addNftables } from '../../src/services/nftables/index.ts';
import { nodeSite } from './site.ts';
import { cluster, ip, portSpec, prefix, service, slice } from './support.ts';

// Few addresses and ports, so that Services get in each other's way.
const address = (family: Family) => fc.integer({ min: 1, max: 4 }).map((n) => ip(family === 4 ? `192.0.2.${n}` : `2001:db8:2::${n}`));
const addresses = fc.array(fc.oneof(address(4), address(6)), { maxLength: 2 });
const chosen = <const T>(...values: T[]) => fc.constantFrom(...values);
const protocol = chosen('TCP', 'UDP');
const ports = fc
  .uniqueArray(fc.tuple(chosen('', 'a', 'a-b'), protocol, chosen(80, 81), fc.option(chosen(30001, 30002))), {
    selector: ([name]) => name,
    minLength: 1,
    maxLength: 3,
  })
  .map((all) => all.map(([name, kind, port, nodePort]) => portSpec({ name, protocol: kind, port, ...(nodePort !== null && { nodePort }) })));
const policy = chosen('Cluster', 'Local');

const anyService = (i: number): fc.Arbitrary<Service> =>
  fc
    .record({
      clusterIPs: fc.tuple(address(4), address(6)).chain((both) => chosen(both, both.slice(0, 1), both.slice(1))),
      ports,
      externalIPs: addresses,
      ingress: addresses.map((all) => all.map((one) => ({ ip: one }))),
      loadBalancerSourceRanges: fc.subarray([prefix('192.168.1.0/24'), prefix('10.0.0.0/8'), prefix('2001:db8::/32')]),
      externalTrafficPolicy: policy,
      internalTrafficPolicy: policy,
      affinity: fc.option(chosen(60, 10800)),
    })
    .map(({ affinity, ...given }) => service({ ...given, name: `web-${i}`, type: 'LoadBalancer', ...(affinity !== null && { affinitySeconds: affinity }) }));

const anySlice = (of: Service, family: Family): fc.Arbitrary<EndpointSlice> =>
  fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), chosen('node-1', 'node-2'), fc.boolean(), fc.boolean()), { maxLength: 3 }).map((ends) =>
    slice({
      name: `${of.name}-${family}`,
      service: of.name,
      addressType: family === 4 ? 'IPv4' : 'IPv6',
      ports: of.ports.map(({ name, protocol: kind }) => ({ name, protocol: kind, port: 8080 })),
      endpoints: ends.map(([n, nodeName, ready, terminating]) => ({
        addresses: [ip(family === 4 ? `10.1.0.${n}` : `fd00:1::${n}`)],
        nodeName,
        ready,
        serving: ready || terminating,
        terminating,
      })),
    }),
  );

const anyCluster: fc.Arbitrary<Cluster> = fc
  .integer({ min: 0, max: 5 })
  .chain((n) => fc.tuple(...Array.from({ length: n }, (_, i) => anyService(i))))
  .chain((services) => fc.tuple(...services.flatMap((one) => [anySlice(one, 4), anySlice(one, 6)])).map((slices) => cluster({ services, slices })));

const KEYS = [4, 6].flatMap((family) =>
  [1, 2, 3, 4].flatMap((n) =>
    [80, 81].flatMap((port) => ['tcp', 'udp'].map((name) => `${family === 4 ? `192.0.2.${n}` : `2001:db8:2::${n}`} . ${name} . ${port}`)),
  ),
);
const NODE_PORTS = [30001, 30002].flatMap((port) => [`tcp . ${port}`, `udp . ${port}`]);
const ENDS = [1, 2, 3, 4].map((n) => `10.1.0.${n}`).concat([1, 2, 3, 4].map((n) => `fd00:1::${n}`));
const HAIRPINS = ENDS.flatMap((a) => ENDS.flatMap((b) => ['tcp', 'udp'].map((name) => `${a} . ${b} . ${name} . 8080`)));
const ADDRESSES = KEYS.map((key) => key.split(' ')[0] ?? '');

test.for([4, 6] as const)('what is found by asking is what the lists hold, IPv%i', (family) => {
  fc.assert(
    fc.property(anyCluster, (given) => {
      const build = () => addNftables(nodeSite(given, 'nftables', { family }), createNetns('node-1', 'node')).tables[0]!;
      const [asked, listed] = [build(), build()];
      for (const [i, map] of listed.maps!.entries()) {
        const elements = new Map(map.elements.map((element) => [element.key, element]));
        expect(elements.size).toBe(map.elements.length);
        for (const key of new Set([...KEYS, ...NODE_PORTS, ...elements.keys()])) expect(asked.maps![i]!.find!(key)).toEqual(elements.get(key));
      }
      for (const { name, elements, has } of listed.sets!) {
        const set = asked.lazy!.set!(name);
        expect({ ...set, has: 0 }).toEqual({ ...listed.sets!.find((one) => one.name === name), has: 0 });
        if (has)
          for (const key of new Set([...ADDRESSES, ...HAIRPINS, ...elements])) expect(`${key} ${set!.has!(key)}`).toBe(`${key} ${elements.includes(key)}`);
      }
      for (const chain of listed.chains) expect(asked.lazy!.chain(chain.name)).toEqual(chain);
      expect(asked.lazy!.bases).toEqual(listed.chains.filter(({ base }) => base));
      // Where a rule or an element leads, there is a chain; what a rule asks is there too.
      const rules = listed.chains.flatMap((chain) => chain.rules);
      const actions = [...rules.map(({ action }) => action), ...listed.maps!.flatMap(({ elements }) => elements.map(({ action }) => action))];
      const led = actions.flatMap((action) => ('chain' in action ? [action.chain] : action.target === 'numgen-vmap' ? action.chains : []));
      expect(led.filter((name) => !listed.chains.some((chain) => chain.name === name))).toEqual([]);
      const used = rules.flatMap(({ matches, action }) => [
        ...matches.flatMap((match) => (match.match === 'lookup' ? [match.set] : [])),
        ...(action.target === 'update' ? [action.set] : []),
      ]);
      expect(used.filter((name) => !listed.sets!.some((set) => set.name === name))).toEqual([]);
      expect(new Set(listed.chains.map(({ name }) => name)).size).toBe(listed.chains.length);
    }),
    { numRuns: 150 },
  );
});
