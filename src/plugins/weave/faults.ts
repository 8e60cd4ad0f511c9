import type { Cluster } from '../../model/cluster.ts';
import type { Path, Problem } from '../../model/place.ts';
import { nearest } from '../../model/suggest.ts';
import { familyOf, formatIp, parseIp } from '../../net/ip.ts';
import {
  contains,
  covers,
  familyOfPrefix,
  formatPrefix,
  overlaps,
  type Prefix,
  parsePrefix,
} from '../../net/prefix.ts';
import type { WeaveSettings } from './config.ts';

const problem = (cluster: Cluster, severity: Problem['severity'], code: string, path: Path) => {
  const place = cluster.plugin.at?.(path) ?? cluster.plugin.place;
  return (message: string, hint: string): Problem => ({ severity, code, message, hint, ...(place && { place }) });
};

const strangers = (cluster: Cluster, named: readonly (readonly [name: string, path: Path])[]): readonly Problem[] => {
  const names = cluster.nodes.map((node) => node.name);
  const known = new Set(names);
  return named
    .filter(([name]) => !known.has(name))
    .map(([name, path]) => {
      const guess = nearest(name, names);
      const hint = guess === undefined ? 'name a node of this cluster' : `did you mean ${guess}?`;
      return problem(cluster, 'error', 'WEAVE_UNKNOWN_NODE', path)(`weave: there is no node ${name}`, hint);
    });
};

const INIT = /^(consensus=\d+|seed=[^,\s]+(,[^,\s]+)*)$/;

const initProblems = (cluster: Cluster, init: string | undefined): readonly Problem[] => {
  if (init === undefined) return [];
  if (init === 'observer') {
    const say = problem(cluster, 'error', 'WEAVE_INIT_UNSUPPORTED', ['init']);
    return [say('weave: init observer is not modelled', 'state ring, or consensus=N')];
  }
  if (!INIT.test(init)) {
    const say = problem(cluster, 'error', 'WEAVE_INIT', ['init']);
    return [say(`weave: ${init} is no IPALLOC_INIT`, 'consensus=N, or seed=NODE,NODE')];
  }
  const seeds = init.startsWith('seed=') ? init.slice('seed='.length).split(',') : [];
  return strangers(
    cluster,
    seeds.map((name) => [name, ['init']]),
  );
};

// Two nodes that own one range, or a node that owns what is not in the ring.
const ringProblems = (cluster: Cluster, ring: WeaveSettings['ring'], range: Prefix): readonly Problem[] => {
  const owned = Object.entries(ring ?? {}).flatMap(([node, texts]) =>
    [texts].flat().flatMap((text) => {
      const prefix = parsePrefix(text);
      return prefix ? [{ node, prefix }] : [];
    }),
  );
  return owned.flatMap(({ node, prefix }, i): Problem[] => {
    const say = problem(cluster, 'error', 'WEAVE_RING', ['ring', node]);
    const own = formatPrefix(prefix);
    if (!covers(range, prefix))
      return [say(`weave: ${own} of ${node} is not in ${formatPrefix(range)}`, 'the ring divides the range')];
    const other = owned.slice(0, i).find((one) => one.node !== node && overlaps(one.prefix, prefix));
    if (!other) return [];
    return [say(`weave: ${own} of ${node} overlaps ${formatPrefix(other.prefix)} of ${other.node}`, 'one owner each')];
  });
};

const exposeProblems = (cluster: Cluster, exposeIP: WeaveSettings['exposeIP'], range: Prefix): readonly Problem[] =>
  Object.entries(exposeIP ?? {}).flatMap(([node, text]) => {
    const ip = parseIp(text);
    if (ip !== undefined && familyOf(ip) === 4 && contains(range, ip)) return [];
    const say = problem(cluster, 'error', 'WEAVE_EXPOSE', ['exposeIP', node]);
    const shown = ip === undefined ? text : formatIp(ip);
    return [say(`weave: exposeIP ${shown} of ${node} is not in ${formatPrefix(range)}`, 'an address of the range')];
  });

const howProblems = (cluster: Cluster, peers: WeaveSettings['peers']): readonly Problem[] =>
  (peers ?? []).flatMap(([, , how], i) =>
    how === undefined || how === 'sleeve' || how === 'fastdp'
      ? []
      : [
          problem(cluster, 'error', 'WEAVE_PEERS', ['peers', i, 2])(
            `weave: ${how} is no way to carry a connection`,
            'sleeve or fastdp',
          ),
        ],
  );

/** What the schema cannot see in the settings: names of nodes, ranges that do not fit together. */
export const settingsProblems = (cluster: Cluster, settings: WeaveSettings, range: Prefix): readonly Problem[] => {
  const { peers, ring, exposeIP, init } = settings;
  if (familyOfPrefix(range) !== 4) {
    const say = problem(cluster, 'error', 'WEAVE_IPV4_ONLY', ['range']);
    return [say(`weave: ${formatPrefix(range)} is IPv6; Weave Net has IPv4 only`, 'an IPv4 range')];
  }
  const ends = (peers ?? []).flatMap(([a = '', b = ''], i) => [
    [a, ['peers', i, 0]] as const,
    [b, ['peers', i, 1]] as const,
  ]);
  const keys = (key: string, map: object | undefined) =>
    Object.keys(map ?? {}).map((name) => [name, [key, name]] as const);
  return [
    ...strangers(cluster, [...ends, ...keys('ring', ring), ...keys('exposeIP', exposeIP)]),
    ...howProblems(cluster, peers),
    ...initProblems(cluster, init),
    ...ringProblems(cluster, ring, range),
    ...exposeProblems(cluster, exposeIP, range),
  ];
};
