import type { Cluster, Pod } from '../../model/cluster.ts';
import type { Place } from '../../model/place.ts';
import type { EndpointSlice, Service, ServicePortSpec } from '../../model/service.ts';
import { type Family, familyOf, type Ip } from '../../net/ip.ts';
import { hasSelector, matchesSelector } from '../endpoints/select.ts';
import type { NodeRef, ProxyConfig, ServicePort, ServiceTable } from '../types.ts';

export type Client = {
  readonly kind: 'pod' | 'node' | 'outside';
  readonly namespace?: string;
  readonly name?: string;
  /** The node that it runs on, or that it is. */
  readonly node?: string;
  readonly ips: readonly Ip[];
};

/** Someone asks for a Service: what is told of the way and of the ends. */
export type Question = {
  readonly cluster: Cluster;
  readonly table: ServiceTable;
  readonly service: Service;
  /** The port that was found, or the number that was asked for; undefined: any. */
  readonly port?: ServicePort | number;
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'icmp';
  readonly client: Client;
  readonly proxy: ProxyConfig | undefined;
  /** What the packet is sent to; `name`: a name that stands for the ClusterIP, or for the pods of a headless Service. */
  readonly via: 'clusterIP' | 'nodePort' | 'vip' | 'externalIP' | 'name';
  /** The node that a nodePort is asked at, or that packets from outside come to. */
  readonly targetNode?: string;
};

/** Why a Service may not answer. */
export type Cause = {
  /** Explained by `k8snet explain CODE`. */
  readonly code: string;
  readonly text: string;
  readonly hint?: string;
  readonly place?: Place;
  /** The manifests alone show that this traffic does not get through; else it may be the cause, or is good to know. */
  readonly certain: boolean;
};

/** A question with what most checks look at. */
export type Facts = Question & {
  /** `ns/name`. */
  readonly who: string;
  /** The entries of `spec.ports` that are meant; empty where none has the number asked for. */
  readonly specs: readonly ServicePortSpec[];
  /** The same as kube-proxy has them, in the families that the client and the Service share; none where kube-proxy serves none. */
  readonly ports: readonly ServicePort[];
  readonly slices: readonly EndpointSlice[];
  /** The slices stand in the input. */
  readonly stated: boolean;
  /** The pods with the labels of the selector, whatever their state. */
  readonly selected: readonly Pod[];
};

export type Check = (facts: Facts) => readonly Cause[];

const meantSpecs = ({ service, port, protocol, via }: Question): readonly ServicePortSpec[] => {
  if (port === undefined) return service.ports;
  if (typeof port === 'object') return [port.spec];
  return service.ports.filter(
    (spec) =>
      (via === 'nodePort' ? spec.nodePort : spec.port) === port &&
      (protocol === 'icmp' || spec.protocol.toLowerCase() === protocol),
  );
};

/** The families of the ClusterIPs that the client can use, or all where it can use none. */
const familiesMeant = ({ service, port, client }: Question): readonly Family[] => {
  if (typeof port === 'object') return [port.family];
  const own = service.clusterIPs.map(familyOf);
  const shared = own.filter((family) => client.ips.some((ip) => familyOf(ip) === family));
  return shared.length > 0 ? shared : own;
};

/** Looks up what the checks need; linear in pods and slices. */
export const factsOf = (question: Question): Facts => {
  const { cluster, table, service } = question;
  const specs = meantSpecs(question);
  const families = familiesMeant(question);
  const { selector, namespace, name } = service;
  return {
    ...question,
    who: `${namespace}/${name}`,
    specs,
    ports: table.of(service).filter((port) => families.includes(port.family) && specs.includes(port.spec)),
    slices: table.slices(service),
    stated: cluster.slices.some((slice) => slice.namespace === namespace && slice.service === name),
    selected: hasSelector(selector)
      ? cluster.pods.filter((pod) => pod.namespace === namespace && matchesSelector(selector, pod.labels))
      : [],
  };
};

/** Whether the packet is sent to an address that the world outside may use. */
export const isExternal = ({ via }: Question): boolean => via === 'nodePort' || via === 'vip' || via === 'externalIP';

/** A node as the table wants it. */
export const nodeRef = ({ cluster }: Question, name: string): NodeRef => {
  const zone = cluster.nodes.find((node) => node.name === name)?.zone;
  return { name, ...(zone !== undefined && { zone }) };
};
