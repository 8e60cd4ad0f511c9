import { writeFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { describeWith } from '../support/needs.ts';
import { type CniNode, cniNeeds, type Network, withNode } from './rig.ts';

vi.setConfig({ testTimeout: 60_000 });

/** host-local by itself, as the other plugins call it. */
const range = (subnet: string, more: Readonly<Record<string, unknown>> = {}): Network => ({
  cniVersion: '0.3.1',
  name: 'cbr0',
  plugins: [{ type: 'host-local', ipam: { type: 'host-local', ranges: [[{ subnet, ...more }]] } }],
});

/** `+a` adds a pod, `-a` deletes it; returns the addresses given, `none` where there was none left. */
const play = (node: CniNode, network: Network, moves: string): string[] =>
  moves.split(' ').flatMap((move) => {
    const pod = move.slice(1);
    if (move.startsWith('-')) {
      node.del(pod, network);
      return [];
    }
    try {
      return (node.add(pod, network).ips ?? []).map((ip) => ip.address.replace(/\/\d+$/, ''));
    } catch (error) {
      return /no IP addresses available/.test((error as Error).message) ? ['none'] : [String(error)];
    }
  });

describeWith(cniNeeds, 'the real host-local plugin (C2)', () => {
  test.for([
    ['starts behind the gateway', '10.244.0.0/24', '+a +b +c', ['10.244.0.2', '10.244.0.3', '10.244.0.4']],
    ['a freed address is not taken again at once', '10.244.0.0/24', '+a +b -a +c', ['10.244.0.2', '10.244.0.3', '10.244.0.4']],
    ['not even the last one', '10.244.0.0/24', '+a +b -b +c', ['10.244.0.2', '10.244.0.3', '10.244.0.4']],
    [
      'it wraps around at the end',
      '10.244.0.0/29',
      '+a +b +c -a +d +e +f',
      ['10.244.0.2', '10.244.0.3', '10.244.0.4', '10.244.0.5', '10.244.0.6', '10.244.0.2'],
    ],
    [
      'a full range gives none, then what was freed',
      '10.244.0.0/29',
      '+a +b +c +d +e +f -c +g +h',
      ['10.244.0.2', '10.244.0.3', '10.244.0.4', '10.244.0.5', '10.244.0.6', 'none', '10.244.0.4', 'none'],
    ],
    ['the smallest subnet holds one pod', '10.244.0.0/30', '+a +b', ['10.244.0.2', 'none']],
    ['IPv6 has no broadcast address to leave out', 'fd00::/126', '+a +b +c', ['fd00::2', 'fd00::3', 'none']],
  ] as const)('%s: %s %s', ([, subnet, moves, addresses]) => {
    withNode((node) => expect(play(node, range(subnet), moves)).toEqual(addresses));
  });

  test('a gateway in the middle of the range is passed over', () => {
    withNode((node) => {
      expect(play(node, range('10.244.0.0/29', { gateway: '10.244.0.3' }), '+a +b +c')).toEqual(['10.244.0.1', '10.244.0.2', '10.244.0.4']);
    });
  });

  test('a /24 holds 253 pods', () => {
    withNode((node) => {
      expect(play(node, range('10.244.0.0/24'), '+first')).toEqual(['10.244.0.2']);
      // 250 pods at once: their files written as host-local writes them.
      const store = `${node.dataDir}/cbr0`;
      for (let i = 3; i <= 252; i++) writeFileSync(`${store}/10.244.0.${i}`, `p${i}\r\neth0`);
      writeFileSync(`${store}/last_reserved_ip.0`, '10.244.0.252');
      expect(play(node, range('10.244.0.0/24'), '+a +b +c')).toEqual(['10.244.0.253', '10.244.0.254', 'none']);
    });
  });

  test('a /31 is refused', () => {
    withNode((node) => {
      expect(play(node, range('10.244.0.0/31'), '+a')[0]).toContain('10.244.0.0/31 too small to allocate from');
    });
  });

  test('its store: one file per address with container and interface, and the last address given', () => {
    withNode((node) => {
      play(node, range('10.244.0.0/24'), '+a +b');
      const file = (name: string) => node.run('cat', `${node.dataDir}/cbr0/${name}`);
      expect(node.run('ls', `${node.dataDir}/cbr0`).trim().split('\n')).toEqual(['10.244.0.2', '10.244.0.3', 'last_reserved_ip.0', 'lock']);
      expect(file('10.244.0.2')).toBe('a\r\neth0');
      expect(file('last_reserved_ip.0')).toBe('10.244.0.3');
    });
  });
});
