import { expect, test } from 'vitest';
import { endpointChain, hash32, isPortChain, portChains } from '../../src/services/names.ts';
import { describeWith, needs, sharedCases } from '../support/needs.ts';
import { flowCases } from './support.ts';

type Row = { mode: string; namespace: string; service: string; portName: string; protocol: 'tcp'; endpoint?: string; hash: string };

describeWith([needs.shared()], 'the names of chains in iptables mode', () => {
  const rows = sharedCases === undefined ? [] : flowCases<Row[]>('chainNames').filter(({ mode }) => mode === 'iptables');
  test.for(rows)('$namespace/$service $portName $protocol $endpoint -> $hash', ({ namespace, service, portName, protocol, endpoint, hash }) => {
    const port = { name: `${namespace}/${service}${portName && `:${portName}`}`, protocol };
    if (endpoint !== undefined) expect(endpointChain(port, { text: endpoint })).toBe(`KUBE-SEP-${hash}`);
    else expect(portChains(port)).toEqual({ svc: `KUBE-SVC-${hash}`, svl: `KUBE-SVL-${hash}`, ext: `KUBE-EXT-${hash}`, fw: `KUBE-FW-${hash}` });
  });
});

// RFC 4648 base32 of SHA-256("") as `printf '' | sha256sum | xxd -r -p | base32` prints it.
test('a hash is cut where it is told', () => {
  expect(hash32('', 8)).toBe('4OYMIQUY');
  expect(hash32('', 51)).toBe('4OYMIQUY7QOBJGX36TEJS35ZEQT24QPEMSNZGTFESWMRW6CSXBK');
});

test.for([
  ['KUBE-SVC-XPGD46QRK7WJZT7O', true],
  ['KUBE-FW-XPGD46QRK7WJZT7O', true],
  ['KUBE-SERVICES', false],
  ['KUBE-HP-XPGD46QRK7WJZT7O', false],
] as const)('%s is the chain of a Service: %s', ([chain, expected]) => expect(isPortChain(chain)).toBe(expected));
