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
export type TriedDoc = { line: string; matched: boolean; failed?: string };

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
  inner?: PacketDoc;
};

export type StepDoc = {
  kind: string;
  netns: string;
  dev?: string;
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
  known: 'modelled' | 'assumed' | 'unsupported';
  /** Real commands that show this on the live node. */
  verify: string[];
};

export type HopDoc = { host: string; kind: 'pod' | 'node' | 'fabric' | 'external'; steps: StepDoc[] };
export type ReasonDoc = { code: string; summary: string; hint?: string; dropReason?: string };

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
};

export type EndDoc = {
  text: string;
  kind: 'pod' | 'node' | 'ip' | 'internet';
  namespace?: string;
  name?: string;
  node?: string;
  ip: string;
};
export type NatDoc = { kind: 'masquerade' | 'snat' | 'dnat'; at: string; from: string; to: string };
export type EncapsulationDoc = {
  kind: string;
  at: string;
  outer: { source: string; destination: string; port?: number; ttl: number; dontFragment: boolean };
  overhead: number;
};
export type AssumptionDoc = { code: string; text: string; change?: string; evidence?: string };
export type WarningDoc = { code: string; text: string };

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
  };
  traces: TraceItemDoc[];
  assumptions: AssumptionDoc[];
  warnings: WarningDoc[];
  unsupported: string[];
};
