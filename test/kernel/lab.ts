import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDataplane, OUTSIDE as INTERNET } from '../../src/dataplane/index.ts';
import type { World } from '../../src/fabric/world.ts';
import { compareJourney } from '../../src/lab/compare.ts';
import type { Kernel } from '../../src/lab/isolate.ts';
import type { WalkedJourney } from '../../src/lab/outcome.ts';
import { planLab } from '../../src/lab/plan.ts';
import type { Probe } from '../../src/lab/probe.ts';
import { type Listeners, type Observation, runLab } from '../../src/lab/run.ts';
import type { Outside } from '../../src/lab/script.ts';
import { familyOf, parseIp } from '../../src/net/ip.ts';
import { describeWith, needs } from '../support/needs.ts';
import { TOOLS } from './observe.ts';

const OUTSIDE_IP = parseIp('203.0.113.10')!;
const CLIENT_PORT = 40000;

/** What to send: ICMP echo, unless a port is given. `from` is a namespace, or `outside`. */
export type Question = {
  readonly from: string;
  readonly to: string;
  readonly udp?: number;
  readonly tcp?: number;
  readonly ttl?: number;
  readonly df?: boolean;
  /** Bytes of payload. */
  readonly size?: number;
};

/** `result` is what the table says; the kernel and the walk must both say so. */
export type Scenario = readonly [name: string, question: Question, result: string];

export type Cluster = { readonly world: World; readonly ids: readonly string[]; readonly outside?: Outside };

const probeOf = ({ from, to, udp, tcp, ttl, df, size }: Question, number: number): Probe => {
  const dst = parseIp(to)!;
  const common = {
    from,
    dst,
    ...(from === 'outside' && familyOf(dst) === 4 && { src: OUTSIDE_IP }),
    ...(ttl !== undefined && { ttl }),
    ...(df !== undefined && { df }),
    ...(size !== undefined && { size }),
  };
  const sport = 20000 + number;
  if (tcp !== undefined) return { ...common, proto: 'tcp', dport: tcp, sport };
  if (udp !== undefined) return { ...common, proto: 'udp', dport: udp, sport };
  return { ...common, proto: 'icmp' };
};

const TCP_HEADERS = 40;

const walkAll = (world: World, probes: readonly Probe[]): readonly (readonly WalkedJourney[])[] => {
  const dataplane = createDataplane(world);
  return probes.map((probe) => {
    const v4 = familyOf(probe.dst) === 4;
    const load = probe.proto === 'tcp' ? TCP_HEADERS : 8 + (probe.size ?? (probe.proto === 'icmp' ? 56 : 0));
    const question = {
      netns: probe.from === 'outside' ? INTERNET : probe.from,
      ...(probe.src !== undefined && { src: probe.src }),
      dst: probe.dst,
      protocol: probe.proto === 'icmp' && !v4 ? ('icmpv6' as const) : probe.proto,
      ...(probe.proto !== 'icmp' && { port: probe.dport }),
      length: (v4 ? 20 : 40) + load,
      df: probe.proto === 'tcp' || !v4 || (probe.df ?? false),
      ...(probe.ttl !== undefined && { ttl: probe.ttl }),
    };
    return dataplane.walk(question, { reply: true });
  });
};

// Something must answer where the walk says that a packet is delivered.
const listenersFor = (journeys: readonly (readonly WalkedJourney[])[]): Listeners => {
  const ports: Record<string, Set<string>> = {};
  for (const { forward } of journeys.flat()) {
    const { l4 } = forward.packet;
    if (forward.verdict !== 'delivered' && forward.verdict !== 'exits') continue;
    const room = forward.verdict === 'exits' ? 'outside' : forward.netns;
    if (l4.proto === 'udp' || l4.proto === 'tcp') (ports[room] ??= new Set()).add(`${l4.proto}:${l4.dport}`);
  }
  return Object.fromEntries(Object.entries(ports).map(([id, list]) => [id, [...list]]));
};

const summary = ({ outcome }: Observation): string => {
  switch (outcome.kind) {
    case 'reply':
      return outcome.ttl === 0 ? `reply ${outcome.from}` : `reply ${outcome.from} ttl ${outcome.ttl}`;
    case 'error':
      return `${outcome.from}: ${outcome.text}`;
    case 'local':
      return outcome.text;
    case 'timeout':
      return 'timeout';
  }
};

export type LabOptions = { readonly kernel?: Kernel };

let number = 0;

/** Installs a cluster once, asks its kernel every question, and makes one test of each: the walk must be what the kernel did. */
export const lab = (title: string, build: () => Cluster, scenarios: readonly Scenario[], { kernel = 'host' }: LabOptions = {}): void => {
  const tools = kernel === 'uml' ? needs.commands('linux.uml', 'modprobe') : undefined;
  const missing = [needs.root(), needs.commands('ip', 'iptables', 'nft', 'ebtables', 'ipset', 'tcpdump', 'ping', 'python3', 'sysctl'), tools];
  describeWith(missing, title, () => {
    const tag = `t${number++}`;
    let cluster: Cluster | undefined;
    let journeys: readonly (readonly WalkedJourney[])[] = [];
    let observations: readonly Observation[] = [];
    beforeAll(async () => {
      cluster = build();
      const { world, ids, outside } = cluster;
      const probes = scenarios.map(([, question], index) => probeOf(question, index));
      journeys = walkAll(world, probes);
      const spec = { plan: planLab(world, ids, tag), ...(outside && { outside }) };
      observations = await runLab({ tag, tools: TOOLS, kernel, spec, probes, listeners: listenersFor(journeys) });
    });
    afterAll(() => {
      observations = [];
    });
    for (const [index, [name, question, result]] of scenarios.entries())
      test(name, () => {
        const observation = observations[index]!;
        const { world } = cluster!;
        const differences = (journeys[index] ?? []).map((journey) => compareJourney(world, question.from, journey, observation, CLIENT_PORT));
        // Where a packet can go several ways, the kernel went one of them.
        const best = differences.toSorted((a, b) => a.join().length - b.join().length)[0] ?? ['no walk'];
        expect([summary(observation), ...best].join('\n')).toBe(result);
      });
  });
};
