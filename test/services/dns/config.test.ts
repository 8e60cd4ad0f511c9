import { expect, test } from 'vitest';
import { readConfigMaps, readCorefile } from '../../../src/services/dns/config.ts';
import { cluster } from '../support.ts';
import { object } from './shop.ts';

const KUBEADM = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
`;

test.for<[what: string, corefile: string, want: ReturnType<typeof readCorefile>]>([
  ["kubeadm's", KUBEADM, { domain: 'cluster.local', ttl: 30, pods: 'insecure', ignoreEmpty: false }],
  ['the plugin without a block', '.:53 {\n kubernetes K8s.Example.\n}', { domain: 'k8s.example', ttl: 5, pods: 'disabled', ignoreEmpty: false }],
  [
    'reverse zones first, other options, a comment',
    '.:53 {\n kubernetes in-addr.arpa cluster.local { # a\n  # ttl 99\n  pods verified\n  ignore empty_service\n }\n}',
    { domain: 'cluster.local', ttl: 5, pods: 'verified', ignoreEmpty: true },
  ],
  ['reverse zones only', '.:53 {\n kubernetes in-addr.arpa\n}', undefined],
  ['without the plugin', '.:53 {\n forward . 8.8.8.8\n # kubernetes cluster.local\n}', undefined],
])('a Corefile: %s', ([, corefile, want]) => expect(readCorefile(corefile)).toEqual(want));

const map = (name: string, data: Readonly<Record<string, unknown>>, namespace = 'kube-system') => object('ConfigMap', name, { namespace, value: { data } });
const KUBELET =
  'apiVersion: kubelet.config.k8s.io/v1beta1\nclusterDNS:\n- 10.96.0.10\n- fd00:96::a\nclusterDomain: k8s.example\ncpuManagerReconcilePeriod: 0s\n';

test.for<[what: string, others: readonly ReturnType<typeof map>[], want: ReturnType<typeof readConfigMaps>]>([
  ['none', [], {}],
  ['of another namespace', [map('coredns', { Corefile: KUBEADM }, 'shop')], {}],
  ['without data', [object('ConfigMap', 'coredns', { namespace: 'kube-system' })], {}],
  ['data of another type', [map('coredns', { Corefile: 7 })], {}],
  ['of kubelet', [map('kubelet-config', { kubelet: KUBELET })], { clusterDomain: 'k8s.example', clusterDNS: ['10.96.0.10', 'fd00:96::a'] }],
  ['of an older kubelet', [map('kubelet-config-1.23', { kubelet: KUBELET })], { clusterDomain: 'k8s.example', clusterDNS: ['10.96.0.10', 'fd00:96::a'] }],
  ['of a kubelet that says neither', [map('kubelet-config', { kubelet: 'kind: KubeletConfiguration\n' })], {}],
])('ConfigMaps: %s', ([, others, want]) => expect(readConfigMaps(cluster({ others }))).toEqual(want));
