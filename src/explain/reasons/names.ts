import type { WordsByCode } from './words.ts';

/** How names are looked up in a cluster. */
export const NAMES: WordsByCode = {
  NAME_NOT_RESOLVED: {
    summary: 'the name stands for no address',
    paragraphs: [
      'The client asks its nameserver for the name, with each domain of its search list in turn where it has fewer dots than ndots says, and gets no address. No packet is sent.',
      'NAME is a Service of the namespace of the client, NAME.NAMESPACE that of another. NAME.svc means a Service in a namespace called svc.',
    ],
    causes: [
      'the Service is in another namespace than the client',
      'the name is mistyped, or lacks the namespace before .svc',
      'the Service is headless, and none of its pods is ready',
      'the client does not ask the cluster DNS: a node, or a pod with hostNetwork and dnsPolicy ClusterFirst',
    ],
    hint: 'with -v each question has its answer and the reason for it',
  },
  UNSUPPORTED_API_SERVER: {
    summary: 'the input does not say where the API server listens',
    paragraphs: [
      'The name kubernetes.default stands for the first address of the range of Services. Which hosts are behind it only the cluster knows: the API server writes that EndpointSlice itself.',
    ],
    hint: 'add the Services and EndpointSlices of all namespaces: kubectl get services,endpointslices -A -o yaml',
  },
  NAME_OUTSIDE: {
    summary: 'the name belongs to the world outside of the cluster',
    paragraphs: [
      'The cluster DNS passes the name on, and what is answered there is not known. An address that stands for any host of the internet takes its place: the way out of the cluster is the same for all of them.',
    ],
    hint: 'give the address in place of the name, where it is one of your own network',
  },
  ASSUMED_CLUSTER_DOMAIN: {
    summary: 'the domain of the cluster is assumed',
    paragraphs: [
      'Names of Services end in svc and the cluster domain. It stands in the Corefile of CoreDNS and in the configuration of the kubelets, which the input does not have; kubeadm and nearly all others set cluster.local.',
      "CoreDNS is then also taken to be set up as kubeadm does: lifetimes of 30 seconds, names for pods' addresses, and what is not below the domain passed on.",
    ],
    hint: 'add the ConfigMaps coredns and kubelet-config of kube-system',
  },
  ASSUMED_CLUSTER_DNS: {
    summary: 'the address of the cluster DNS is assumed',
    paragraphs: [
      'The input has no Service kube-dns in kube-system. kubeadm gives it the tenth address of the range of Services.',
    ],
    hint: 'add the Service kube-dns of kube-system',
  },
  ASSUMED_CLUSTER_DNS_RUNS: {
    summary: 'it is assumed that the cluster DNS answers',
    paragraphs: [
      'No ready pod of the input stands behind its Service. Where that is so in the cluster as well, no name resolves; a dump without kube-system looks the same.',
    ],
    hint: 'look at `kubectl get pods -n kube-system -l k8s-app=kube-dns`',
  },
  ASSUMED_NODE_RESOLVER: {
    summary: "a node's own resolv.conf is not known",
    paragraphs: [
      'It is taken to have no search domains, and nameservers that do not know the names of the cluster. Pods with dnsPolicy Default, and those on the host network with ClusterFirst, use it as it is; all others get its search domains behind those of the cluster.',
    ],
    hint: 'look at the file that resolvConf of the kubelet names',
  },
  ASSUMED_API_SERVICE: {
    summary: 'the address of the Service kubernetes is assumed',
    paragraphs: [
      'The API server makes this Service itself, in the namespace default, with the first address of the range of Services. The input does not have it.',
    ],
    hint: 'add the Service kubernetes of default',
  },
};
