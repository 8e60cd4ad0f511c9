import { expect, test } from 'vitest';
import { k8snet } from './run.ts';

const udp = '-f fixtures/flannel/udp-docker0/cluster.yaml';
const service = (scenario: string) => `-f fixtures/services/${scenario}/cluster.yaml`;
const nft = '-f fixtures/flannel/nftables/cluster.yaml';

// 0: answered, nothing wrong. 1: answered, bad news. 2: usage or input. 3: no answer. Data on standard output, all else on standard error.
test.for([
  ['trace pod-a pod-b', 0, /reachable: pod-b sees 10\.1\.15\.2, no NAT/, /built-in example/],
  [`trace pod-a pod-b ${udp}`, 0, /reachable: pod-b sees 10\.1\.15\.2, no NAT/, /^$/],
  [`trace pod-a pod-b ${udp} --size 2000`, 1, /unreachable: .*too long/, /^$/],
  [`trace a c ${nft}`, 1, /unreachable: .*policy of the chain is DROP/, /^$/],
  [`trace pod-a pod-bb ${udp}`, 2, /^$/, /error: .*pod-bb[\s\S]*did you mean pod-b\?/],
  [`trace pod-a shop/pod-b ${udp}`, 2, /^$/, /no pod pod-b in namespace shop[\s\S]*did you mean default\/pod-b\?/],
  [`trace pod-a pod-b ${udp} -n shop`, 2, /^$/, /did you mean default\/pod-a\?/],
  [`trace pod-a svc/db ${udp}`, 0, /reachable: pod-b sees 10\.1\.15\.2, dnat 10\.96\.1\.1:5432 -> 10\.1\.20\.2:5432/, /^$/],
  [`trace pod-a db ${udp} --proxy nftables`, 0, /element ip kube-proxy|dnat ip to/, /^$/],
  [`trace pod-a svc/db:5432 ${udp} --proxy ipvs --backend pod-b`, 0, /ip_vs: 10\.96\.1\.1:5432 -> 10\.1\.20\.2:5432/, /^$/],
  [`trace pod-a db.default.svc ${udp}`, 0, /db\.default\.svc\.cluster\.local +A +10\.96\.1\.1/, /^$/],
  [`trace pod-a db.default.svc.cluster.local:5432 ${udp}`, 0, /reachable: pod-b sees/, /^$/],
  [`trace pod-a db.svc ${udp}`, 1, /the name stands for no address/, /^$/],
  [`trace pod-a svc/db --port 80 ${udp}`, 1, /default\/db has port 5432, not 80/, /^$/],
  [`trace pod-a svc/db --port pg ${udp}`, 2, /^$/, /Service db has no port named pg/],
  [`trace pod-a svc/bd ${udp}`, 2, /^$/, /there is no Service bd[\s\S]*did you mean svc\/db\?/],
  [`trace svc/db pod-a ${udp}`, 2, /^$/, /Service db sends nothing itself/],
  [`trace pod-a svc/db --backend pod-a ${udp}`, 2, /^$/, /pod-a is no endpoint of Service db[\s\S]*endpoints: pod-b/],
  [`trace pod-a pod-b --backend pod-b ${udp}`, 2, /^$/, /--backend needs a Service/],
  [`trace pod-a svc/db:5432 --port 80 ${udp}`, 2, /^$/, /names port 5432, and --port says 80/],
  [`trace internet svc/db ${udp}`, 2, /^$/, /no address outside the cluster/],
  [`trace pod-a kubernetes.default:443 ${udp}`, 3, /^$/, /does not hold the Service default\/kubernetes/],
  [`trace pod-a svc/db ${udp} --proxy ebpf`, 2, /^$/, /Allowed choices are iptables, nftables, ipvs/],
  [`trace pod-a 10.96.0.1 ${udp}`, 1, /UNREACHABLE_ROUTE/, /^$/],
  [`trace web svc/db ${service('cluster-ip')} --proxy nftables`, 0, /one of 2 endpoints/, /^$/],
  [
    `trace web svc/db ${service('headless-and-dns')} -n billing`,
    2,
    /^$/,
    /web is no pod in namespace billing[\s\S]*no Service db in namespace billing[\s\S]*db\.shop/,
  ],
  [`trace web dbb ${service('cluster-ip')}`, 2, /^$/, /dbb is no pod and no Service in namespace default[\s\S]*did you mean db\?/],
  [`trace web-a svc/api --backend api-b ${service('traffic-distribution')}`, 2, /^$/, /nothing is sent to api-b from here/],
  [`trace web svc/db ${service('no-endpoints')}`, 1, /the selector wants app=databse, and pods carry app=database/, /^$/],
  [`trace shop/web payments.svc ${service('headless-and-dns')}`, 1, /did you mean payments\.billing/, /^$/],
  [`trace internet node/node-2:30081 ${service('node-port')}`, 1, /SERVICE_NO_LOCAL_ENDPOINTS/, /^$/],
  [`trace web svc/old -6 ${service('dual-stack')}`, 2, /^$/, /svc\/old have no IPv6 address on both ends/],
  [`trace pod-a pod-b ${udp} --plugin cilium`, 3, /^$/, /plugin cilium is not modelled yet/],
  [`trace pod-a pod-b ${udp} --plugin flanel`, 2, /^$/, /did you mean flannel\?/],
  [`trace pod-a pod-b ${udp} -6`, 2, /^$/, /no IPv6 address on both ends/],
  [`trace pod-a pod-b ${udp} -4 -6`, 2, /^$/, /exclude each other/],
  [`trace pod-a pod-b ${udp} --protocol tcp`, 2, /^$/, /needs a --port/],
  [`trace pod-a pod-b ${udp} --protocol icmp --port 80`, 2, /^$/, /icmp has no ports/],
  ['trace pod-a pod-b -f nowhere.yaml', 2, /^$/, /nowhere\.yaml: no such file/],
  ['trace pod-a pod-b -f fixtures/input/bad-keys.yaml', 2, /^$/, /bad-keys\.yaml:\d+:\d+: /],
  [`trace pod-a pod-b ${udp} --etcd http://127.0.0.1:1`, 2, /^$/, /refused the connection/],
  ['trace pod-a', 2, /^$/, /missing required argument 'to'/],
  ['trace a b c', 2, /^$/, /too many arguments/],
  ['trace a b --port 0', 2, /^$/, /from 1 to 65535/],
  ['trace a b --ttl 256', 2, /^$/, /from 1 to 255/],
  ['trace a b -o jsno', 2, /^$/, /Allowed choices are text, wide, json, yaml/],
  ['trace a b --plugn x', 2, /^$/, /Did you mean --plugin\?/],
  ['trac a b', 2, /^$/, /Did you mean trace\?/],
  ['node node-1', 0, /10\.1\.0\.0\/16 dev flannel0/, /built-in example/],
  [`node node-3 ${udp}`, 2, /^$/, /did you mean node-[12]\?/],
  [`node node-1 ${service('cluster-ip')}`, 0, /-A KUBE-SEP-\w+ -p tcp .*\s+-j DNAT\s+--to-destination 10\.244\.0\.3:5432/, /^$/],
  [`node node-1 ${service('nftables')}`, 0, /map service-ips \{[\s\S]*10\.96\.0\.20 \. tcp \. 5432/, /^$/],
  [`node node-1 ${service('ipvs')}`, 0, /TCP +10\.96\.0\.20:5432 rr\n +-> 10\.244\.0\.3:5432 +Masq/, /^$/],
  [`check ${udp.slice(3)}`, 0, /0 errors, \d+ warnings?/, /^$/],
  ['check fixtures/input/bad-keys.yaml', 2, /\d+ errors/, /^$/],
  ['explain RP_FILTER', 0, /SKB_DROP_REASON_IP_RPFILTER/, /^$/],
  ['explain rp-filter', 0, /^RP_FILTER: /, /^$/],
  ['explain', 0, /NO_SUBNET_LEASE +flanneld knows no node/, /^$/],
  ['explain SERVICE_NO_ENDPOINTS', 0, /selector matches no pod[\s\S]*kubectl get endpointslices/, /^$/],
  ['explain SERVICE', 2, /^$/, /did you mean/],
  ['explain RP_FILTR', 2, /^$/, /did you mean RP_FILTER\?/],
  ['explain MTU', 2, /^$/, /did you mean MTU_EXCEEDED_BRIDGE or MTU_EXCEEDED_DF\?/],
  ['plugins', 0, /flannel[\s\S]*kubenet/, /^$/],
  ['schema', 0, /"k8snet cluster file"/, /^$/],
  ['schema trace', 0, /"k8snet\/trace\/v1"/, /^$/],
  ['schema trase', 2, /^$/, /did you mean trace\?/],
  ['--version', 0, /^\d+\.\d+\.\d+\n$/, /^$/],
  ['--help', 0, /Usage: k8snet/, /^$/],
  ['', 0, /Usage: k8snet/, /^$/],
  ['help trace', 0, /Usage: k8snet trace/, /^$/],
] as const)('k8snet %s: %i', async ([line, code, out, err]) => {
  const ran = await k8snet(line);
  expect(ran.out).toMatch(out);
  expect(ran.err).toMatch(err);
  expect(ran.code).toBe(code);
});

test('what is not built yet is not listed', async () => {
  const { out } = await k8snet('--help');
  expect(out).not.toMatch(/^ {2}(plan|reach|diff|rules|init)\b/m);
});
