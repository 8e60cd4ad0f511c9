import { expect, test } from 'vitest';
import { ask } from './ask.ts';
import { flannelUdp } from './flannel-udp.ts';

test('print', () => {
  const doc = ask(flannelUdp(), 'pod-a', 'pod-b');
  for (const t of doc.traces) {
    console.log(t.id, t.verdict, t.path.join(' | '));
    for (const h of t.hops)
      for (const s of h.steps)
        console.log(h.host.padEnd(9), s.at.padEnd(12), s.level.padEnd(8), s.kind.padEnd(12), s.brief, '|', s.ttl, s.mtu, s.verify.join(' ; '));
  }
  console.log(JSON.stringify({ ...doc, traces: [] }, null, 1));
  expect(doc.result).toBe('reachable');
});
