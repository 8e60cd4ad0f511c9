import type { Path } from '../model/place.ts';
import type { DetectLocal, ProxySettings } from '../model/service.ts';
import { lazyPlace, present } from './gathered.ts';
import { flagOf, isMapping, type Mapping, numberOf, type Reading, readPrefixes, report, textOf } from './read.ts';
import type { SourceDocument } from './source.ts';

const MODES = ['iptables', 'nftables', 'ipvs', 'none'] as const;

/** Reads `proxy:` of the short form: a mode, or a mapping. */
export const readProxy = (document: SourceDocument, reading: Reading, value: unknown, path: Path): ProxySettings => {
  const keys: Mapping = isMapping(value) ? value : { mode: value };
  const prefixes = (key: string, several: boolean) =>
    keys[key] === undefined ? undefined : readPrefixes(reading, keys[key], [...path, key], several);
  return {
    stated: true,
    place: lazyPlace(document, path),
    ...present<ProxySettings>({
      mode: MODES.find((mode) => mode === keys['mode']),
      detectLocal: readDetectLocal(reading, keys, path),
      clusterCIDR: prefixes('clusterCIDR', false),
      masqueradeAll: flagOf(keys['masqueradeAll']),
      masqueradeBit: numberOf(keys['masqueradeBit']),
      localhostNodePorts: flagOf(keys['localhostNodePorts']),
      nodePortAddresses: isPrimary(keys['nodePortAddresses']) ? 'primary' : prefixes('nodePortAddresses', true),
      scheduler: textOf(keys['scheduler']),
      strictARP: flagOf(keys['strictARP']),
    }),
  };
};

/** KubeProxyConfiguration has it as a list of that one word. */
const isPrimary = (value: unknown): boolean =>
  value === 'primary' || (Array.isArray(value) && value.length === 1 && value[0] === 'primary');

const readDetectLocal = (reading: Reading, keys: Mapping, path: Path): DetectLocal | undefined => {
  const { detectLocalMode: mode } = keys;
  const needs = (key: string): string => {
    const text = textOf(keys[key]);
    if (text === undefined)
      report(reading, 'MISSING_KEY', [...path, 'detectLocalMode'], `detectLocalMode ${mode} needs ${key}`);
    return text ?? '';
  };
  return detectLocalOf(mode, needs);
};

/** How kube-proxy tells packets of pods from others; `get` gives bridgeInterface and interfaceNamePrefix. Undefined where it is not stated. */
export const detectLocalOf = (mode: unknown, get: (key: string) => string): DetectLocal | undefined => {
  switch (mode) {
    case 'ClusterCIDR':
    case 'NodeCIDR':
    case 'none':
      return { mode };
    case 'BridgeInterface':
      return { mode, bridge: get('bridgeInterface') };
    case 'InterfaceNamePrefix':
      return { mode, prefix: get('interfaceNamePrefix') };
    default:
      return undefined;
  }
};
