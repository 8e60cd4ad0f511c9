/** The documents that `-o json` prints; text is rendered from them and from nothing else. Additive changes only. */

export type OriginDoc = {
  plugin?: string;
  kind?: string;
  namespace?: string;
  name?: string;
  file?: string;
  line?: number;
  note?: string;
};
export type BecauseDoc = { of: string; line: string; origin?: OriginDoc };
export type TriedDoc = { line: string; matched: boolean; failed?: string; origin?: OriginDoc };

/** A packet as people read it; `inner` for tunnels. */
export type PacketDoc = {
  source: string;
  destination: string;
  protocol: string;
  sourcePort?: number;
  destinationPort?: number;
  icmp?: string;
  ttl: number;
  length: number;
  dontFragment: boolean;
  /** The tunnel that carries `inner`: udp, vxlan, ipip, wireguard, esp. */
  tunnel?: string;
  inner?: PacketDoc;
};

export type StepDoc = {
  kind: string;
  netns: string;
  dev?: string;
  /** The device or daemon that this step belongs to, as in `path`; empty where the host itself is the place. */
  at: string;
  /** How much it matters: `main` steps make the one line of their device, `detail` stands below it, `verbose` only on request. */
  level: 'main' | 'detail' | 'verbose';
  hook?: string;
  table?: string;
  chain?: string;
  because: BecauseDoc[];
  /** Every rule that was looked at, in order; present on steps that ran chains. */
  tried?: TriedDoc[];
  packet: PacketDoc;
  ttl: number;
  mtu?: number;
  mark?: string;
  /** One sentence for a learner. */
  note: string;
  /** A few words for the one-line form, e.g. `default via 10.1.15.1`. */
  brief: string;
  /** The entry behind `brief` where that does not show it: a rule with its table, or a forwarding entry. */
  rule?: string;
  /** The chains that led to `rule`, in order. */
  chains?: string[];
  /** The Kubernetes object behind `rule`, where it is a Service: `Service shop/db, cluster.yaml:12`. */
  source?: string;
  known: 'modelled' | 'assumed' | 'unsupported';
  /** Real commands that show this on the live node. */
  verify: string[];
};

export type HopDoc = { host: string; kind: 'pod' | 'node' | 'fabric' | 'external'; steps: StepDoc[] };
/** `summary` is one sentence; `detail` the numbers or names of this case; `hint` what to change. */
export type ReasonDoc = { code: string; summary: string; detail?: string; hint?: string; dropReason?: string };
/** What became of another copy of the frame: flooded, or taken by a promiscuous bridge. */
export type CopyDoc = { host: string; dev?: string; verdict: TraceItemDoc['verdict']; reason: ReasonDoc };

export type TraceItemDoc = {
  id: string;
  direction: 'forward' | 'reply';
  /** The forward trace that a reply, or an ICMP error, answers. */
  of?: string;
  /** Present where the trace follows an ICMP error back to the sender. */
  error?: string;
  probability: number;
  verdict: 'delivered' | 'exits' | 'dropped' | 'rejected' | 'looped' | 'unknown';
  reason: ReasonDoc;
  path: string[];
  hops: HopDoc[];
  copies?: CopyDoc[];
};

export type EndDoc = {
  text: string;
  kind: 'pod' | 'node' | 'host' | 'ip' | 'internet' | 'service' | 'name';
  namespace?: string;
  name?: string;
  node?: string;
  ip: string;
};
/** An endpoint of the Service, and how likely it is chosen from here: 0 where it is not used, and why. */
export type BackendDoc = {
  ip: string;
  port: number;
  pod?: string;
  node?: string;
  ready: boolean;
  serving: boolean;
  terminating: boolean;
  probability: number;
  /** The forward traces that lead to it. */
  traces: string[];
  result?: TraceDoc['result'];
};

/** The Service that the question is about. */
export type ServiceDoc = {
  namespace: string;
  name: string;
  type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName' | 'headless';
  /** By which of its addresses it was asked. */
  via: 'clusterIP' | 'nodePort' | 'externalIP' | 'loadBalancer' | 'headless' | 'externalName';
  ip?: string;
  port?: number;
  portName?: string;
  protocol: string;
  /** The port that was asked for is none of the Service's. */
  noSuchPort?: boolean;
  file: string;
  line: number;
  backends: BackendDoc[];
};

/** Why the Service does not work, or works otherwise than expected, as the manifests show it; the most telling first. */
export type CauseDoc = { code: string; text: string; hint?: string; file?: string; line?: number; certain: boolean };

export type NatDoc = { kind: 'masquerade' | 'snat' | 'dnat'; at: string; from: string; to: string };
export type EncapsulationDoc = {
  kind: string;
  at: string;
  outer: { source: string; destination: string; port?: number; ttl: number; dontFragment: boolean };
  overhead: number;
};
export type AssumptionDoc = { code: string; text: string; change?: string; evidence?: string };
export type WarningDoc = { code: string; text: string };

/** One question to a nameserver. NODATA: the name exists, without such a record. FORWARDED: what others answered is not known. */
export type DnsQueryDoc = {
  name: string;
  type: string;
  /** An address, `/etc/hosts`, or in words where its address is not known. */
  nameserver: string;
  rcode: 'NOERROR' | 'NXDOMAIN' | 'NODATA' | 'FORWARDED';
  answers: string[];
  note?: string;
  /** The Service that decided. */
  place?: { file: string; line: number };
};

/** How a name became an address, where an end of the trace was given by name. */
export type DnsDoc = {
  /** As it was typed. */
  name: string;
  /** The resolv.conf of who asked; `source` says where it comes from. */
  resolver: { nameservers: string[]; search: string[]; ndots: number; source: string };
  queries: DnsQueryDoc[];
  result: {
    /** `endpoints`: addresses of pods. `external`: a name of the outside world. `nothing`: the name does not resolve. */
    kind: 'service' | 'endpoints' | 'external' | 'pod' | 'address' | 'nothing';
    ips: string[];
    service?: { namespace: string; name: string };
    /** From an SRV record. */
    port?: number;
    backends?: { ip: string; port?: number; pod?: string }[];
    /** The name outside. */
    name?: string;
    hint?: string;
  };
};

export type TraceDoc = {
  schema: 'k8snet/trace/v1';
  tool: { name: 'k8snet'; version: string };
  cluster: { plugin: string; mode: string; proxy: string; sources: string[] };
  question: {
    from: EndDoc;
    to: EndDoc;
    packet: { protocol: string; port?: number; size: number; dontFragment: boolean; ttl: number };
    options: { reply: boolean };
  };
  dns?: DnsDoc;
  result: 'reachable' | 'unreachable' | 'partial' | 'unknown';
  summary: {
    path: string[];
    sourceSeen?: string;
    destinationReached?: { ip: string; port?: number; pod?: string };
    ttlAtDestination?: number;
    pathMtu?: number;
    nat: NatDoc[];
    encapsulation: EncapsulationDoc[];
    reply?: { result: 'delivered' | 'lost' | 'unknown'; symmetric: boolean; ttl?: number };
    /** Why the result is not `reachable`: where the deciding trace ended, and for what reason. */
    reason?: ReasonDoc & { trace: string; direction: TraceItemDoc['direction']; host: string; dev?: string };
  };
  traces: TraceItemDoc[];
  service?: ServiceDoc;
  /** Empty or absent where nothing is wrong. */
  causes?: CauseDoc[];
  assumptions: AssumptionDoc[];
  warnings: WarningDoc[];
  unsupported: string[];
};
