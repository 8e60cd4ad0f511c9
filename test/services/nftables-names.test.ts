import { describe, expect, test } from 'vitest';
import { endpointBase, endpointNames, ownerOf, portBase, portChains } from '../../src/services/nftables/names.ts';
import { describeWith, needs, sharedCases } from '../support/needs.ts';
import { flowCases, portSpec, service } from './support.ts';

type Row = {
  mode: string;
  kind: 'servicePort' | 'endpoint';
  namespace: string;
  service: string;
  protocol: 'tcp' | 'udp' | 'sctp';
  portName: string;
  endpoint?: string;
  base: string;
};
const portOf = (namespace: string, name: string, protocol: Row['protocol'], portName: string) => ({
  service: service({ namespace, name }),
  spec: portSpec({ name: portName }),
  protocol,
});

describeWith([needs.shared()], "upstream's names", () => {
  const rows = sharedCases === undefined ? [] : flowCases<Row[]>('chainNames').filter(({ mode }) => mode === 'nftables');
  test('are there', () => expect(rows).toHaveLength(9));
  test.for(rows)('$kind $namespace/$service $protocol $portName $endpoint', (row) => {
    const port = portOf(row.namespace, row.service, row.protocol, row.portName);
    const name = row.endpoint === undefined ? portBase(port) : endpointBase(port, { text: row.endpoint });
    expect(name).toBe(row.base);
    expect(name.length).toBeLessThanOrEqual(240);
    expect(ownerOf(`endpoint-${name}`)).toEqual({ namespace: row.namespace, name: row.service, protocol: row.protocol, port: row.portName });
  });
});

describe('names by purpose', () => {
  const port = portOf('ns5', 'svc5', 'tcp', 'p80');
  test('of a service port', () =>
    expect(portChains(port)).toEqual({
      service: 'service-HVFWP5L3-ns5/svc5/tcp/p80',
      local: 'local-HVFWP5L3-ns5/svc5/tcp/p80',
      external: 'external-HVFWP5L3-ns5/svc5/tcp/p80',
      firewall: 'firewall-HVFWP5L3-ns5/svc5/tcp/p80',
    }));
  test('of an endpoint', () =>
    expect(endpointNames(port, { text: '10.180.0.3:80' })).toEqual({
      chain: 'endpoint-GTK6MW7G-ns5/svc5/tcp/p80__10.180.0.3/80',
      affinity: 'affinity-GTK6MW7G-ns5/svc5/tcp/p80__10.180.0.3/80',
    }));
  test.for([
    ['service-HVFWP5L3-ns5/svc5/tcp/', { namespace: 'ns5', name: 'svc5', protocol: 'tcp', port: '' }],
    ['services', undefined],
    ['reject-chain', undefined],
    ['filter-prerouting-pre-dnat', undefined],
  ] as const)('the owner of %s', ([name, owner]) => expect(ownerOf(name)).toEqual(owner));
});
