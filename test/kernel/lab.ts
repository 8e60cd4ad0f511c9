import { beforeAll, expect, test } from 'vitest';
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
import { contains } from '../../src/net/prefix.ts';
import { portInRange } from '../../src/net/protocol.ts';
import { describeWith, needs } from '../support/needs.ts';
import { net } from './hand.ts';
import { TOOLS } from './observe.ts';

const OUTSIDE_IP = { 4: parseIp('203.0.113.10')!, 6: parseIp('2001:db8:113::10')! } as const;
const CLIENT_PORT = 40000;

/** What to send: ICMP echo, unless a port is given. `from` is a namespace, or `outside`. */
export type Question = {
  readonly from: string;
  readonly to: string;
  readonly udp?: number;
  readonly tcp?: number;
  readonly ttl?: number;
  readonly df?: boolean;
  /** Nobody listens on the port. */
  readonly closed?: boolean;
  /** Bytes of payload. */
  readonly size?: number;
};

/** `result` is what the table says; the kernel and the walk must both say so, and agree on every tap. */
export type Scenario = readonly [name: string, question: Question, result?: string];

export type Cluster = { readonly world: World; readonly ids: readonly string[]; readonly outside?: Outside };

const probeOf = ({ from, to, udp, tcp, ttl, df, size }: Question, number: number): Probe => {
  const dst = parseIp(to)!;
  const common = {
    from,
    dst,
    ...(from === 'outside' && { src: OUTSIDE_IP[familyOf(dst)] }),
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

type Asked = { readonly question: Question; readonly probe: Probe; readonly journeys: readonly WalkedJourney[] };

const ask = (cluster: Cluster, questions: readonly Question[]): readonly Asked[] => {
  const dataplane = createDataplane(cluster.world);
  return questions.map((question, index) => {
    const probe = probeOf(question, index);
    const v4 = familyOf(probe.dst) === 4;
    const load = probe.proto === 'tcp' ? TCP_HEADERS : 8 + (probe.size ?? (probe.proto === 'icmp' ? 56 : 0));
    const walked = {
      netns: probe.from === 'outside' ? INTERNET : probe.from,
      ...(probe.src !== undefined && { src: probe.src }),
      dst: probe.dst,
      protocol: probe.proto === 'icmp' && !v4 ? ('icmpv6' as const) : probe.proto,
      ...(probe.proto !== 'icmp' && { port: probe.dport }),
      length: (v4 ? 20 : 40) + load,
      df: probe.proto === 'tcp' || (probe.df ?? false),
      ...(probe.ttl !== undefined && { ttl: probe.ttl }),
    };
    const journeys = dataplane.walk(walked, { reply: true });
    return { question, probe, journeys: journeys.map((journey) => withoutPrivateReplies(cluster, journey)) };
  });
};

// Something must answer where the walk says that a packet is delivered, and at the address asked, unless the port is to be closed.
const listenersFor = (world: World, ids: readonly string[], asked: readonly Asked[]): Listeners => {
  const ports = new Map<string, Set<string>>();
  const open = (room: string, port: string) => ports.set(room, (ports.get(room) ?? new Set()).add(port));
  for (const { question, probe, journeys } of asked) {
    if (probe.proto === 'icmp' || question.closed) continue;
    const owner = ids.find((id) => world.netns(id)?.addresses.some(({ local }) => local === probe.dst));
    const shut = owner !== undefined && world.netns(owner)?.closed?.some((range) => portInRange(probe.dport, range));
    if (owner !== undefined && !shut) open(owner, `${probe.proto}:${probe.dport}`);
    for (const { forward } of journeys) {
      const port = 'dport' in forward.packet.l4 ? `${probe.proto}:${forward.packet.l4.dport}` : undefined;
      if (port && forward.verdict === 'delivered') open(forward.netns, port);
      if (port && forward.verdict === 'exits') open('outside', port);
    }
  }
  return Object.fromEntries([...ports].map(([id, list]) => [id, [...list]]));
};

// The walk lets everyone outside answer; the lab has one host there, and a provider without routes to private addresses but the ones it was told.
const withoutPrivateReplies = ({ outside }: Cluster, journey: WalkedJourney): WalkedJourney => {
  const { forward } = journey;
  const { src, dst } = forward.packet;
  const routed = [...(outside?.behind ?? []), net('198.51.100.0/24'), net('2001:db8:51::/64'), net('2001:db8::/64')];
  const answers = outside?.addresses.some(({ ip }) => ip === dst) && routed.some((prefix) => contains(prefix, src));
  return forward.verdict !== 'exits' || answers ? journey : { forward, replies: [] };
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

export type LabOptions = {
  readonly kernel?: Kernel;
  /** What else must be installed. */
  readonly commands?: readonly string[];
};

let number = 0;

/** Installs a cluster once, asks its kernel every question, and makes one test of each: the walk must be what the kernel did. */
export const lab = (
  title: string,
  build: () => Cluster | Promise<Cluster>,
  scenarios: readonly Scenario[],
  { kernel = 'host', commands = [] }: LabOptions = {},
): void => {
  const tools = kernel === 'uml' ? needs.commands('linux.uml', 'modprobe') : undefined;
  const missing = [needs.root(), needs.commands('ip', 'iptables', 'nft', 'ebtables', 'ipset', 'tcpdump', 'ping', 'python3', 'sysctl', ...commands), tools];
  describeWith(missing, title, () => {
    const tag = `t${number++}`;
    let cluster: Cluster | undefined;
    let asked: readonly Asked[] = [];
    let observations: readonly Observation[] = [];
    beforeAll(async () => {
      cluster = await build();
      const { world, ids, outside } = cluster;
      asked = ask(
        cluster,
        scenarios.map(([, question]) => question),
      );
      const probes = asked.map(({ probe }) => probe);
      const spec = { plan: planLab(world, ids, tag), ...(outside && { outside }) };
      observations = await runLab({ tag, tools: TOOLS, kernel, spec, probes, listeners: listenersFor(world, ids, asked) });
    });
    for (const [index, [name, question, result]] of scenarios.entries())
      test(name, () => {
        const observation = observations[index]!;
        const { world } = cluster!;
        const journeys = asked[index]?.journeys ?? [];
        const differences = journeys.map((journey) => compareJourney(world, question.from, journey, observation, CLIENT_PORT));
        // Where a packet can go several ways, the kernel went one of them.
        const best = differences.toSorted((a, b) => a.join().length - b.join().length)[0] ?? ['no walk'];
        expect([summary(observation), ...best].join('\n')).toBe(result ?? summary(observation));
      });
  });
};
