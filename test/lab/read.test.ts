import { expect, test } from 'vitest';
import { readCapture, type Seen } from '../../src/lab/capture.ts';
import { joinPieces } from '../../src/lab/pieces.ts';
import { readOutcome } from '../../src/lab/probe.ts';
import { inRoom } from '../../src/lab/shell.ts';
import { showSeen } from '../../src/lab/show.ts';

const bytes = (hex: string): number[] => (hex.replaceAll(/\s/g, '').match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));

// A record as tcpdump writes it: time, lengths, then the 20 bytes of SLL2 and the packet.
const record = (ifindex: number, packetType: number, etherType: string, packet: string): number[] => {
  const body = bytes(`${etherType} 0000 0000000${ifindex} 0001 0${packetType} 06 525400000101 0000 ${packet}`);
  const length = [body.length & 255, body.length >> 8, 0, 0];
  return [1, 0, 0, 0, 0, 0, 0, 0, ...length, ...length, ...body];
};
const HEADER = 'd4c3b2a1 0200 0400 00000000 00000000 00100000 14010000';
const capture = (...records: readonly number[][]): readonly Seen[] =>
  readCapture('n', Uint8Array.from([...bytes(HEADER), ...records.flat()]), new Map([[2, 'eth0']]));

// 10.1.0.2 > 10.1.1.2, TTL 63, echo request, id 1000, 36 bytes in all.
const ECHO_HEAD = '0800 0000 03e8 0001';
const QUOTED = `45000024 00070000 3f010000 0a010002 0a010102 ${ECHO_HEAD}`;
const ECHO = `${QUOTED} 0000000000000000`;
const OUTER = '45000056 00000000 40110000 c0a8010b c0a8010c 92ac2118 00420000';
const VXLAN = '08000000 00000100 5e89db49c602 5e89db49c601 0800';

test.for([
  ['an echo', record(2, 0, '0800', ECHO), 'eth0 in 10.1.0.2 > 10.1.1.2 icmp 8/0 ttl 63 len 36'],
  ['on its way out', record(2, 4, '0800', ECHO), 'eth0 out 10.1.0.2 > 10.1.1.2 icmp 8/0 ttl 63 len 36'],
  ['for another host', record(2, 3, '0800', ECHO), 'eth0 in P 10.1.0.2 > 10.1.1.2 icmp 8/0 ttl 63 len 36'],
  ['on a device without a name', record(7, 0, '0800', ECHO), 'if7 in 10.1.0.2 > 10.1.1.2 icmp 8/0 ttl 63 len 36'],
  [
    'a vxlan packet',
    record(2, 4, '0800', `${OUTER} ${VXLAN} ${ECHO}`),
    'eth0 out 192.168.1.11 > 192.168.1.12 udp 8472 vxlan ttl 64 len 86 {10.1.0.2 > 10.1.1.2 icmp 8/0 ttl 63 len 36}',
  ],
  [
    'a TTL error with what it quotes, cut short',
    record(2, 0, '0800', `45000038 00000000 40010000 0a010001 0a010002 0b000000 00000000 ${QUOTED}`),
    'eth0 in 10.1.0.1 > 10.1.0.2 icmp 11/0 ttl 64 len 56 [about 10.1.0.2 > 10.1.1.2 icmp 8/0 ttl 63 len 36]',
  ],
  [
    'IPv6, TCP SYN',
    record(2, 4, '86dd', `60000000 0014 06 40 ${'fd'.padEnd(30, '0')}01 ${'fd'.padEnd(30, '0')}02 9c400050 00000000 00000000 5002 0000 00000000`),
    'eth0 out fd00::1 > fd00::2 tcp SYN 40000>80 ttl 64 len 60',
  ],
  ['ARP is no packet', record(2, 0, '0806', '0001'), undefined],
  ['a neighbour solicitation is noise', record(2, 4, '86dd', `60000000 0018 3a ff ${'0'.repeat(64)} 87000000 00000000 ${'0'.repeat(32)}`), undefined],
] as const)('reads %s', ([, one, line]) => {
  expect(capture([...one]).map(showSeen)).toEqual(line === undefined ? [] : [line]);
});

const piece = (flags: string, length: string, payload: string) => record(2, 0, '0800', `4500${length} 0007${flags} 3f010000 0a010002 0a010102 ${payload}`);

test('joins pieces where the first was', () => {
  const first = piece('2000', '0024', `${ECHO_HEAD} 0000000000000000`);
  const last = piece('0002', '0018', '00000000');
  const joined = joinPieces(capture(first, record(2, 4, '0800', ECHO), last));
  expect(joined.map(showSeen)).toEqual([
    'eth0 in 10.1.0.2 > 10.1.1.2 icmp 8/0 ttl 63 len 40 pieces of 36 +0',
    'eth0 out 10.1.0.2 > 10.1.1.2 icmp 8/0 ttl 63 len 36',
  ]);
});

test('leaves out a piece whose first went another way', () => {
  expect(joinPieces(capture(piece('0002', '0018', '00000000')))).toEqual([]);
});

test.for([
  ['64 bytes from 10.1.1.2: icmp_seq=1 ttl=62 time=0.1 ms', { kind: 'reply', from: '10.1.1.2', ttl: 62 }],
  ['64 bytes from fd00:1::: icmp_seq=1 ttl=62 time=0.1 ms', { kind: 'reply', from: 'fd00:1::', ttl: 62 }],
  ['From 10.1.0.1 icmp_seq=1 Time to live exceeded', { kind: 'error', from: '10.1.0.1', text: 'Time to live exceeded' }],
  ['From fd00:1:: icmp_seq=1 Time exceeded: Hop limit', { kind: 'error', from: 'fd00:1::', text: 'Time exceeded: Hop limit' }],
  ['ping: local error: message too long, mtu=1450', { kind: 'local', text: 'message too long, mtu=1450' }],
  ['ping: connect: Network is unreachable', { kind: 'local', text: 'Network is unreachable' }],
  ['1 packets transmitted, 0 received, 100% packet loss', { kind: 'timeout' }],
] as const)('takes from %s what the sender learnt', ([text, outcome]) => {
  expect(readOutcome(`PING\n${text}\n`)).toEqual(outcome);
});

test('runs of ip commands share one process', () => {
  expect(inRoom('r', ['ip link set a up', 'ip -6 route add default dev a', 'ip -6 route add fd00::/8 dev a', 'bridge link'])).toEqual([
    "ip -n r -batch - <<'END_OF_INPUT'",
    'link set a up',
    'END_OF_INPUT',
    "ip -6 -n r -batch - <<'END_OF_INPUT'",
    'route add default dev a\nroute add fd00::/8 dev a',
    'END_OF_INPUT',
    'ip netns exec r bridge link',
  ]);
});
