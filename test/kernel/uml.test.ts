import { lab } from './lab.ts';
import { flannelCluster } from './worlds/flannel.ts';

const a = 'node-1/pod-0';

lab(
  'flannel ipip in user-mode-linux',
  () => flannelCluster({ backend: 'ipip' }),
  [
    ['same node', { from: a, to: '10.244.0.3' }, 'reply 10.244.0.3 ttl 64'],
    ['across nodes', { from: a, to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 62'],
    ['TTL 1', { from: a, to: '10.244.1.2', ttl: 1 }, '10.244.0.1: Time to live exceeded'],
    ['TTL 2', { from: a, to: '10.244.1.2', ttl: 2 }, '10.244.1.0: Time to live exceeded'],
    ['DF', { from: a, to: '10.244.1.2', size: 1400, df: true }, 'reply 10.244.1.2 ttl 62'],
    ['in pieces', { from: a, to: '10.244.1.2', size: 2000 }, 'reply 10.244.1.2 ttl 62'],
    ['to outside', { from: a, to: '203.0.113.10' }, 'reply 203.0.113.10 ttl 62'],
    ['node to a pod of the other', { from: 'node-1', to: '10.244.1.2' }, 'reply 10.244.1.2 ttl 63'],
    ['UDP', { from: a, to: '10.244.1.2', udp: 53, size: 20 }, 'reply 10.244.1.2 ttl 62'],
  ],
  { kernel: 'uml' },
);
