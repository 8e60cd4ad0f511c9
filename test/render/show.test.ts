import { test } from 'vitest';
import text from '../../src/render/text/index.ts';
import { ask } from '../explain/ask.ts';
import { flannelUdp } from '../explain/flannel-udp.ts';

test('print', () => {
  for (const [a, b] of [
    ['pod-a', 'pod-b'],
    ['pod-a', 'internet'],
    ['pod-a', '10.1.99.5'],
    ['node-1', 'pod-b'],
    ['pod-a', 'node-2'],
    ['pod-a', '10.1.15.77'],
  ] as const)
    console.log(text(ask(flannelUdp(), a, b), { level: 'default', colour: 0 }));
  console.log(text(ask(flannelUdp(), 'pod-a', 'pod-b', { length: 1500 }), { level: 'default', colour: 0 }));
  console.log(text(ask(flannelUdp(), 'pod-a', 'pod-b', { ttl: 1 }), { level: 'default', colour: 0 }));
  console.log(text(ask(flannelUdp(), 'pod-a', 'pod-b'), { level: 'brief', colour: 0 }));
  console.log(text(ask(flannelUdp(), 'pod-a', 'pod-b'), { level: 'verbose', colour: 0 }));
});
