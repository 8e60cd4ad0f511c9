import { describe, expect, test } from 'vitest';
import type { Pod } from '../../src/model/cluster.ts';
import type { Endpoint } from '../../src/model/service.ts';
import { formatIp } from '../../src/net/ip.ts';
import { categorize } from '../../src/services/endpoints/categorize.ts';
import { distributionHints, wantsTopologyHints, withHints } from '../../src/services/endpoints/hints.ts';
import { endpointOf, findTargetPort, hasHostname, isEndpoint } from '../../src/services/endpoints/pod.ts';
import type { Backend } from '../../src/services/types.ts';
import { describeCases, flowCases, ip, node, pod, service } from './support.ts';

type Of<T> = { readonly cases: readonly T[] };

type Categorized = {
  readonly name: string;
  readonly node: { readonly name: string; readonly zone: string | null };
  readonly nodeHintsEnabled: boolean;
  readonly service: { readonly internalLocal: boolean; readonly externalLocal: boolean; readonly externallyAccessible: boolean };
  readonly endpoints: readonly (Pick<Backend, 'ready' | 'serving' | 'terminating' | 'local'> & {
    readonly endpoint: string;
    readonly zoneHints?: readonly string[];
    readonly nodeHints?: readonly string[];
  })[];
  readonly expect: Readonly<Record<'cluster' | 'local' | 'all', readonly string[]>> & { readonly hasAny: boolean };
};

type CasePod = {
  readonly phase?: Pod['phase'];
  readonly podIP?: string;
  readonly podIPs?: readonly string[];
  readonly ips?: readonly string[];
  readonly ready?: boolean;
  readonly deleting?: boolean;
  readonly node?: string;
  readonly namespace?: string;
  readonly hostname?: string | null;
  readonly subdomain?: string | null;
};

const podOfCase = (given: CasePod): Pod =>
  pod({
    ips: (given.ips ?? given.podIPs ?? (given.podIP ? [given.podIP] : [])).map(ip),
    node: given.node,
    ...(given.phase && { phase: given.phase }),
    ...(given.namespace && { namespace: given.namespace }),
    ...(given.ready !== undefined && { ready: given.ready }),
    ...(given.deleting && { terminating: true }),
    ...(given.hostname && { hostname: given.hostname }),
    ...(given.subdomain && { subdomain: given.subdomain }),
  });

type CasePort = { readonly name: string; readonly containerPort: number; readonly protocol: 'TCP' };
const portsOfCase = (ports: readonly CasePort[]) => ports.map(({ name, containerPort, protocol }) => ({ name, port: containerPort, protocol }));

type Derivation = {
  readonly shouldPodBeInEndpoints: Of<{ readonly name: string; readonly pod: CasePod; readonly includeTerminating: boolean; readonly expect: boolean }>;
  readonly podToEndpoint: Of<{
    readonly name: string;
    readonly pod: CasePod;
    readonly service: { readonly name: string; readonly publishNotReadyAddresses: boolean };
    readonly nodeZone: string | null;
    readonly expect: {
      readonly address: string;
      readonly conditions: { readonly ready: boolean; readonly serving: boolean; readonly terminating: boolean };
      readonly zone: string | null;
      readonly hostname: string | null;
    };
  }>;
  readonly setHostname: Of<{
    readonly name: string;
    readonly pod: CasePod;
    readonly service: { readonly namespace: string; readonly name: string };
    readonly expect: boolean;
  }>;
  readonly findTargetPort: Of<{
    readonly name: string;
    readonly servicePort: { readonly protocol: 'TCP'; readonly targetPort: number | string };
    readonly containers: readonly (readonly CasePort[])[];
    readonly initContainers: readonly { readonly restartPolicy: string | null; readonly ports: readonly CasePort[] }[];
    readonly expect: number | null;
  }>;
  readonly topologyAnnotation: Of<{ readonly annotations: Readonly<Record<string, string>>; readonly expect: boolean }>;
  readonly trafficDistributionHints: Of<{
    readonly trafficDistribution: string | null;
    readonly endpoint: { readonly ready: boolean; readonly zone: string | null; readonly node: string };
    readonly expect: null | 'unchanged' | { readonly forZones: readonly string[] | null; readonly forNodes: readonly string[] | null };
  }>;
};

describeCases("kube-proxy's and the EndpointSlice controller's own cases", () => {
  const texts = (backends: readonly Backend[]) => backends.map(({ text }) => text);
  const { cases } = flowCases<Of<Categorized>>('categorizeEndpoints');

  test('there are 32 of them', () => expect(cases).toHaveLength(32));

  test.for(cases.map((one) => [one.name, one] as const))('which endpoints a node uses: %s', ([, one]) => {
    const every = one.endpoints.map(({ endpoint, zoneHints = [], nodeHints = [], ...rest }): Backend => {
      const [address = '', port] = endpoint.split(':');
      return { ip: ip(address), port: Number(port), text: endpoint, zoneHints, nodeHints, ...rest };
    });
    const at = { name: one.node.name, ...(one.node.zone !== null && { zone: one.node.zone }) };
    const { cluster, local, all, hasAny } = categorize(every, one.service, at, one.nodeHintsEnabled);
    expect({ cluster: texts(cluster), local: texts(local), all: texts(all), hasAny }).toEqual(one.expect);
  });

  const derivation = flowCases<Derivation>('endpointDerivation');

  // Whether pods that end count was once the caller's choice; the controller has always asked for them.
  test.for(
    derivation.shouldPodBeInEndpoints.cases
      .filter(({ includeTerminating, pod: { deleting } }) => includeTerminating || !deleting)
      .map((one) => [one.name, one] as const),
  )('in the slice: %s', ([, one]) => {
    const given = podOfCase(one.pod);
    expect(isEndpoint(given, given.ips)).toBe(one.expect);
  });

  test.for(derivation.podToEndpoint.cases.map((one) => [one.name, one] as const))('endpoint: %s', ([, one]) => {
    const on = node(one.pod.node ?? '', { ...(one.nodeZone && { labels: { 'topology.kubernetes.io/zone': one.nodeZone } }) });
    const endpoint = endpointOf(service(one.service), podOfCase(one.pod), on, 4);
    if (!endpoint) throw new Error('no endpoint');
    const { ready, serving, terminating, zone = null, hostname = null } = endpoint;
    expect({ address: endpoint.addresses.map(formatIp).join(), conditions: { ready, serving, terminating }, zone, hostname }).toEqual(one.expect);
    expect(endpoint.nodeName).toBe(one.pod.node);
  });

  test.for(derivation.setHostname.cases.map((one) => [one.name, one] as const))('host name: %s', ([, one]) => {
    expect(hasHostname(podOfCase(one.pod), one.service)).toBe(one.expect);
  });

  test.for(derivation.findTargetPort.cases.map((one) => [one.name, one] as const))('target port: %s', ([, one]) => {
    const ports = portsOfCase(one.containers.flat());
    const sidecarPorts = portsOfCase(one.initContainers.flatMap((container) => (container.restartPolicy === 'Always' ? container.ports : [])));
    expect(findTargetPort(one.servicePort, { ports, sidecarPorts }) ?? null).toBe(one.expect);
  });

  test.for(derivation.topologyAnnotation.cases.map((one) => [JSON.stringify(one.annotations), one] as const))('topology annotation: %s', ([, one]) => {
    expect(wantsTopologyHints(one.annotations)).toBe(one.expect);
  });

  test.for(derivation.trafficDistributionHints.cases.map((one) => [`${one.trafficDistribution} ${JSON.stringify(one.endpoint)}`, one] as const))(
    'traffic distribution: %s',
    ([, { trafficDistribution, endpoint, expect: want }]) => {
      const given: Endpoint = {
        addresses: [ip('10.1.1.1')],
        ready: endpoint.ready,
        serving: endpoint.ready,
        terminating: false,
        nodeName: endpoint.node,
        ...(endpoint.zone && { zone: endpoint.zone }),
      };
      const asked = service({ ...(trafficDistribution && { trafficDistribution }) });
      const [group] = withHints(asked, [{ endpoints: [given] }], new Map());
      const hints = group?.endpoints[0]?.hints;
      const found = hints ? { forZones: hints.forZones ?? null, forNodes: hints.forNodes ?? null } : null;
      expect(found).toEqual(want === 'unchanged' ? null : want);
      if (endpoint.ready) expect(distributionHints(trafficDistribution ?? undefined, given)).toEqual(hints);
    },
  );
});

describe('the topology annotation shares endpoints out among zones in proportion to nodes', () => {
  const zones = (text: string) => text.split(' ').filter(Boolean);
  /** The hint of each endpoint whose own zone is given, `-` for none. */
  test.for<[what: string, nodes: string, endpoints: string, want: string]>([
    ['each keeps its own where they match', 'a b', 'a a b b', 'a a b b'],
    ['one moves to a zone that has too few', 'a b', 'a a a b', 'b a a b'],
    ['half an endpoint is not moved', 'a b', 'a a a a b b b', 'a a a a b b b'],
    ['several zones', 'a b c', 'a a a a b c', 'b c a a b c'],
    ['a larger zone keeps more', 'a a a b', 'a a a b', 'a a a b'],
    ['and gets more', 'a a a b', 'a b b b', 'a a a b'],
    ['fewer endpoints than zones', 'a b c', 'a b', '- -'],
    ['nodes of one zone only', 'a a', 'a a', '- -'],
    ['a node without a zone', 'a b ?', 'a b', '- -'],
    ['an endpoint without a zone', 'a b', 'a ?', '- -'],
    ['a zone that would be overloaded by more than a fifth', 'a b', 'a a b', '- - -'],
  ])('%s', ([, nodes, endpoints, want]) => {
    const given = zones(endpoints).map(
      (zone, i): Endpoint => ({ addresses: [ip(`10.1.1.${i + 1}`)], ready: true, serving: true, terminating: false, ...(zone !== '?' && { zone }) }),
    );
    const all = zones(nodes).map((zone, i) => node(`n${i}`, { ...(zone !== '?' && { zone }) }));
    const control = node('cp', { zone: 'z', labels: { 'node-role.kubernetes.io/control-plane': '' } });
    const asked = service({ annotations: { 'service.kubernetes.io/topology-mode': 'Auto' }, trafficDistribution: 'PreferSameNode' });
    const [group] = withHints(asked, [{ endpoints: given }], new Map([...all, control].map((one) => [one.name, one])));
    expect(group?.endpoints.map(({ hints }) => hints?.forZones?.join() ?? '-').join(' ')).toBe(want);
  });
});
