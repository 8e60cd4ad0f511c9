import type * as z from 'zod/mini';
import type { Cluster } from '../../model/cluster.ts';
import type { Path, Problem } from '../../model/place.ts';
import { type Ip, parseIp } from '../../net/ip.ts';
import { familyOfPrefix, type Prefix, parsePrefix } from '../../net/prefix.ts';
import { readSettings } from '../settings.ts';
import { BRIDGE_MTU, CONN_LIMIT, FASTDP_MTU, RANGE } from './defaults.ts';
import { settingsProblems } from './faults.ts';
import { settingsSchema } from './settings.ts';

export type WeaveSettings = z.output<typeof settingsSchema>;

/** A connection as the settings state it. */
export type StatedPeer = { readonly ends: readonly [string, string]; readonly how: 'fastdp' | 'sleeve' | undefined };

export type WeaveConfig = {
  readonly range: Prefix;
  /** Whether the range is what the input says. */
  readonly rangeStated: boolean;
  /** An Open vSwitch datapath stands behind the bridge; without it the daemon captures. */
  readonly fastdp: boolean;
  readonly mtu: number;
  /** Set where there is a password. Within the trusted ranges nothing is encrypted. */
  readonly encryption: { readonly trusted: readonly Prefix[] } | undefined;
  readonly peers: readonly StatedPeer[] | undefined;
  /** The nodes that divide the range at the start: as many as come first, or these. */
  readonly init: { readonly first: number } | { readonly seed: readonly string[] };
  readonly ring: ReadonlyMap<string, readonly Prefix[]>;
  readonly exposed: ReadonlyMap<string, Ip>;
  readonly masquerade: boolean;
  readonly noMasqLocal: boolean;
  readonly npc: boolean;
  readonly hairpin: boolean;
  readonly connLimit: number;
};

/** Where a setting stands in the input. */
export const placeOf = (cluster: Cluster, path: Path): Pick<Problem, 'place'> => {
  const place = cluster.plugin.at?.(path) ?? cluster.plugin.place;
  return place ? { place } : {};
};

const parsed = (texts: string | readonly string[]): readonly Prefix[] =>
  [texts].flat().flatMap((text) => parsePrefix(text) ?? []);

const initOf = (text: string | undefined): WeaveConfig['init'] => {
  const [word, value = ''] = (text ?? '').split('=');
  if (word === 'seed') return { seed: value.split(',').map((name) => name.trim()) };
  return { first: Math.max(1, Number(value) || 1) };
};

const peerOf = ([a = '', b = '', how]: readonly string[]): StatedPeer => ({
  ends: [a, b],
  how: how === 'sleeve' || how === 'fastdp' ? how : undefined,
});

const encryptionOf = (given: WeaveSettings['encryption']): WeaveConfig['encryption'] => {
  if (given === undefined || given === false) return undefined;
  return { trusted: given === true ? [] : parsed(given.trustedSubnets) };
};

/** How Weave Net was started, with everything that was left out filled in. */
export const resolveConfig = (
  cluster: Cluster,
): { readonly config: WeaveConfig; readonly problems: readonly Problem[] } => {
  const { data: settings = {}, problems } = readSettings(settingsSchema, cluster);
  const stated =
    settings.range === undefined
      ? cluster.subnets.pods.find((one) => familyOfPrefix(one) === 4)
      : parsed(settings.range)[0];
  const range = stated ?? parsed(RANGE)[0] ?? { addr: 0, len: 0 };
  const fastdp = settings.mode === undefined || settings.mode === 'fastdp';
  return {
    config: {
      range,
      rangeStated: stated !== undefined,
      fastdp,
      mtu: settings.mtu ?? (fastdp ? FASTDP_MTU : BRIDGE_MTU),
      encryption: encryptionOf(settings.encryption),
      peers: settings.peers?.map(peerOf),
      init: initOf(settings.init),
      ring: new Map(Object.entries(settings.ring ?? {}).map(([node, own]) => [node, parsed(own)])),
      exposed: new Map(Object.entries(settings.exposeIP ?? {}).flatMap(([node, ip]) => [[node, parseIp(ip) ?? 0]])),
      masquerade: settings.masquerade ?? true,
      noMasqLocal: settings.noMasqLocal ?? true,
      npc: settings.npc ?? true,
      hairpin: settings.hairpin ?? true,
      connLimit: settings.connLimit ?? CONN_LIMIT,
    },
    problems: [...problems, ...settingsProblems(cluster, settings, range)],
  };
};
