import { parsePrefix } from '../net/prefix.ts';
import type { Component } from './component.ts';
import { type Evidence, findComponent, labelOf } from './infer-evidence.ts';
import type { Finding } from './infer-flannel.ts';

/** Weave's range where IPALLOC_RANGE does not say another (rajch/weave:prog/weave-kube/launch.sh). */
const RANGE = '10.32.0.0/12';

const isOff = (value: string | undefined): boolean => value === '0' || value === 'false' || value === '';

/** Weave Net's settings: the environment of its DaemonSet's containers. What a support tool blotted out is not concluded. */
export const inferWeave = (evidence: Evidence): readonly Finding[] => {
  const daemon = findComponent(evidence, /^weave-net$/, /\/weave-kube[:@]/);
  return daemon ? [...rangeOf(daemon), ...modeOf(daemon), ...encryptionOf(daemon), ...plainOf(daemon)] : [];
};

const rangeOf = (daemon: Component): readonly Finding[] => {
  const range = daemon.env['IPALLOC_RANGE'];
  const where = `IPALLOC_RANGE in ${labelOf(daemon)}`;
  if (range === undefined && !daemon.refs.includes('IPALLOC_RANGE'))
    return [{ setting: 'range', value: RANGE, evidence: `no ${where}` }];
  return range !== undefined && parsePrefix(range) ? [{ setting: 'range', value: range, evidence: where }] : [];
};

const modeOf = (daemon: Component): readonly Finding[] => {
  const off = daemon.env['WEAVE_NO_FASTDP'];
  const label = labelOf(daemon);
  if (off !== undefined && !isOff(off))
    return [{ setting: 'mode', value: 'bridge', evidence: `WEAVE_NO_FASTDP in ${label}` }];
  if (/(^|\s)--no-fastdp(=true)?(\s|$)/.test(daemon.env['EXTRA_ARGS'] ?? ''))
    return [{ setting: 'mode', value: 'bridge', evidence: `--no-fastdp in EXTRA_ARGS of ${label}` }];
  return [];
};

// The password is a secret, of which only the name shows.
const encryptionOf = (daemon: Component): readonly Finding[] => {
  const { env, refs } = daemon;
  if (!env['WEAVE_PASSWORD'] && !refs.includes('WEAVE_PASSWORD')) return [];
  const trusted = (env['WEAVE_TRUSTED_SUBNETS'] ?? '').split(',').filter((text) => parsePrefix(text.trim()));
  const value = trusted.length > 0 ? { trustedSubnets: trusted.map((text) => text.trim()) } : true;
  return [{ setting: 'encryption', value, evidence: `WEAVE_PASSWORD in ${labelOf(daemon)}` }];
};

const NUMBERS = [
  ['WEAVE_MTU', 'mtu'],
  ['CONN_LIMIT', 'connLimit'],
] as const;
const SWITCHES = [
  ['NO_MASQ_LOCAL', 'noMasqLocal'],
  ['EXPECT_NPC', 'npc'],
  ['HAIRPIN_MODE', 'hairpin'],
] as const;

const plainOf = (daemon: Component): readonly Finding[] => {
  const { env } = daemon;
  const label = labelOf(daemon);
  const init = env['IPALLOC_INIT'];
  return [
    ...NUMBERS.flatMap(([name, setting]): Finding[] => {
      const value = Number(env[name]);
      return Number.isInteger(value) && value > 0 ? [{ setting, value, evidence: `${name} in ${label}` }] : [];
    }),
    ...SWITCHES.flatMap(([name, setting]): Finding[] =>
      env[name] === undefined ? [] : [{ setting, value: !isOff(env[name]), evidence: `${name} in ${label}` }],
    ),
    ...(init === undefined ? [] : [{ setting: 'init', value: init, evidence: `IPALLOC_INIT in ${label}` }]),
  ];
};
