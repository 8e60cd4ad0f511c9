export type Options = {
  /** Further keys of every node, e.g. `, forwardPolicy: DROP`. */
  readonly node?: string;
  /** The same of the first node alone. */
  readonly first?: string;
  /** kube-proxy's settings, as a mapping. */
  readonly proxy?: string;
  /** Further lines of `pods`, and of `services`. */
  readonly pods?: string;
  readonly services?: string;
};

/** Two nodes with pods, and a Service of every kind. */
export const servicesText = (plugin: string, { node = '', first = '', proxy = '{}', pods = '', services = '' }: Options = {}): string => `
plugin: ${plugin}
proxy: ${proxy}
subnets: {nodes: 192.168.1.0/24, pods: 10.244.0.0/16, services: 10.96.0.0/12}
nodes:
  - {name: node-1, ip: 192.168.1.11, podCIDR: 10.244.0.0/24${node}${first}}
  - {name: node-2, ip: 192.168.1.12, podCIDR: 10.244.1.0/24${node}}
pods:
  - {name: a, node: node-1, ip: 10.244.0.2, labels: {app: a, both: y}}
  - {name: b, node: node-1, ip: 10.244.0.3, labels: {app: b, pair: y}}
  - {name: c, node: node-2, ip: 10.244.1.2, labels: {app: c, pair: y, both: y}}
  - {name: h, node: node-2, hostNetwork: true, labels: {app: h}}
  - {name: waits, node: node-1, ip: 10.244.0.9, ready: false, labels: {app: waits}}
${pods}
services:
  - {name: same, clusterIP: 10.96.1.1, selector: {app: b}, ports: [{port: 80, targetPort: 8080}]}
  - {name: across, clusterIP: 10.96.1.2, selector: {app: c}, ports: [{name: web, port: 80, targetPort: 8080}, {name: dns, port: 53, protocol: UDP}]}
  - {name: pair, clusterIP: 10.96.1.3, selector: {pair: y}, ports: [{port: 80, targetPort: 8080}]}
  - {name: own, clusterIP: 10.96.1.4, selector: {app: a}, ports: [{port: 80, targetPort: 8080}]}
  - {name: none, clusterIP: 10.96.1.5, selector: {app: waits}, ports: [80]}
  - {name: host, clusterIP: 10.96.1.6, selector: {app: h}, ports: [{port: 80, targetPort: 9090}]}
  - {name: inside, clusterIP: 10.96.1.7, selector: {app: c}, internalTrafficPolicy: Local, ports: [{port: 80, targetPort: 8080}]}
  - {name: np, type: NodePort, clusterIP: 10.96.1.8, selector: {app: c}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}
  - {name: npl, type: NodePort, clusterIP: 10.96.1.9, selector: {app: c}, externalTrafficPolicy: Local, ports: [{port: 80, targetPort: 8080, nodePort: 30081}]}
  - {name: npn, type: NodePort, clusterIP: 10.96.1.10, selector: {app: waits}, ports: [{port: 80, nodePort: 30082}]}
  - {name: lb, type: LoadBalancer, clusterIP: 10.96.1.11, selector: {app: c}, ingress: [198.18.0.1], ports: [{port: 80, targetPort: 8080, nodePort: 30083}]}
  - {name: lbl, type: LoadBalancer, clusterIP: 10.96.1.12, selector: {app: c}, ingress: [198.18.0.2], externalTrafficPolicy: Local, healthCheckNodePort: 30999, ports: [{port: 80, targetPort: 8080, nodePort: 30084}]}
  - {name: lbr, type: LoadBalancer, clusterIP: 10.96.1.13, selector: {app: c}, ingress: [198.18.0.3], loadBalancerSourceRanges: [192.0.2.0/24], ports: [{port: 80, targetPort: 8080, nodePort: 30085}]}
  - {name: sticky, clusterIP: 10.96.1.14, selector: {pair: y}, sessionAffinity: ClientIP, ports: [{port: 80, targetPort: 8080}]}
  - {name: ext, clusterIP: 10.96.1.15, selector: {app: c}, externalIPs: [198.18.0.9], ports: [{port: 80, targetPort: 8080}]}
${services}`;

/** The same nodes with both families; Services by IPv6, most of them by IPv4 too. */
export const dualServicesText = (backend: string): string => `
plugin: {name: flannel, backend: {type: ${backend}}}
subnets: {nodes: [192.168.1.0/24, 'fd00:192:168:1::/64'], pods: [10.244.0.0/16, 'fd00:10:244::/56'], services: [10.96.0.0/16, 'fd00:96::/112']}
nodes:
  - {name: node-1, ip: [192.168.1.11, 'fd00:192:168:1::11'], podCIDR: [10.244.0.0/24, 'fd00:10:244::/64']}
  - {name: node-2, ip: [192.168.1.12, 'fd00:192:168:1::12'], podCIDR: [10.244.1.0/24, 'fd00:10:244:1::/64']}
pods:
  - {name: a, node: node-1, ip: [10.244.0.2, 'fd00:10:244::2'], labels: {app: a}}
  - {name: b, node: node-1, ip: [10.244.0.3, 'fd00:10:244::3'], labels: {app: b, pair: y}}
  - {name: c, node: node-2, ip: [10.244.1.2, 'fd00:10:244:1::2'], labels: {app: c, pair: y}}
services:
  - {name: same, clusterIP: [10.96.0.11, 'fd00:96::1'], ipFamilyPolicy: RequireDualStack, selector: {app: b}, ports: [{port: 80, targetPort: 8080}]}
  - {name: across, clusterIP: ['fd00:96::2', 10.96.0.12], ipFamilyPolicy: PreferDualStack, selector: {app: c}, ports: [{name: web, port: 80, targetPort: 8080}, {name: dns, port: 53, protocol: UDP}]}
  - {name: pair, clusterIP: 'fd00:96::3', ipFamilies: [IPv6], selector: {pair: y}, ports: [{port: 80, targetPort: 8080}]}
  - {name: own, clusterIP: 'fd00:96::4', ipFamilies: [IPv6], selector: {app: a}, ports: [{port: 80, targetPort: 8080}]}
  - {name: none, clusterIP: 'fd00:96::5', ipFamilies: [IPv6], selector: {app: nobody}, ports: [80]}
  - {name: four, clusterIP: 10.96.0.16, selector: {app: c}, ports: [{port: 80, targetPort: 8080}]}
  - {name: np, type: NodePort, clusterIP: ['fd00:96::7', 10.96.0.17], ipFamilyPolicy: PreferDualStack, selector: {app: c}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}
  - {name: npl, type: NodePort, clusterIP: 'fd00:96::8', ipFamilies: [IPv6], externalTrafficPolicy: Local, selector: {app: c}, ports: [{port: 80, targetPort: 8080, nodePort: 30081}]}
  - {name: ext, clusterIP: 'fd00:96::9', ipFamilies: [IPv6], externalIPs: ['fd00:198::9'], selector: {app: c}, ports: [{port: 80, targetPort: 8080}]}
`;
