import { expect, test } from 'vitest';
import { planOf } from '../support/plan.ts';

const text = (pods: string, services: string) => `
plugin: {name: flannel, backend: host-gw}
subnets: {nodes: 192.168.1.0/24, pods: 10.244.0.0/16, services: 10.96.0.0/12}
nodes: [{name: n1, ip: 192.168.1.11}, {name: n2, ip: 192.168.1.12}]
pods: [${pods}]
services: [${services}]
`;
const web = '{name: web, node: n1, ip: 10.244.0.2}';

test.for([
  ['nothing listens on a port of the range', web, '{name: a, ports: [80], selector: {app: a}}', [[30000, 32767]]],
  [
    'but a pod on the host network that says so',
    `${web}, {name: h, node: n1, hostNetwork: true, ports: [31000, 8080]}`,
    '{name: a, ports: [80], selector: {app: a}}',
    [
      [30000, 30999],
      [31001, 32767],
    ],
  ],
  ['not one of another node', `${web}, {name: h, node: n2, hostNetwork: true, ports: [31000]}`, '{name: a, ports: [80], selector: {app: a}}', [[30000, 32767]]],
  [
    'and the health check that kube-proxy answers itself',
    web,
    '{name: a, type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 30000, ports: [{port: 80, nodePort: 32767}], selector: {app: a}}',
    [[30001, 32767]],
  ],
] as const)('%s', async ([, pods, services, want]) => {
  const { world } = await planOf(text(pods, services));
  expect(world.netns('n1')?.closed).toEqual(want);
});
