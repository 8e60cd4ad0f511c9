import type { EndDoc } from './explain/document.ts';
import type { Node, Pod } from './model/cluster.ts';
import type { Problem } from './model/place.ts';
import type { Service } from './model/service.ts';
import { nearest } from './model/suggest.ts';
import { type Ip, parseIp } from './net/ip.ts';
import type { Plan } from './plugins/plugin.ts';
import type { TypedPort } from './services/dns/ends.ts';
import type { ServiceTable } from './services/types.ts';

/** By which of a Service's addresses it is asked. */
export type Via = 'clusterIP' | 'nodePort' | 'externalIP' | 'loadBalancer' | 'headless' | 'externalName';

/** The Service that an end means. */
export type Aim = { readonly service: Service; readonly via: Via };

/** One end of a trace: what it is, its addresses, and the namespace that its packets start from. */
export type End = {
  readonly doc: Omit<EndDoc, 'ip'>;
  readonly ips: readonly Ip[];
  readonly netns: string;
  /** The port that was named with it: its number, or the name that a Service gives it. */
  readonly port?: TypedPort;
  /** Who sends, for what depends on that: the resolver's settings. */
  readonly who?: { readonly pod?: Pod; readonly node?: Node };
  /** The Service that it stands for. */
  readonly aim?: Aim;
};
/** `name`: nothing that the cluster file names, but something that a resolver may know. */
export type Found =
  | { readonly end: End }
  | { readonly problem: Problem }
  | { readonly name: string; readonly port?: TypedPort };

export type Side = 'from' | 'to';

/** RFC 5737 and RFC 3849: addresses that nobody has, for any host of the internet. */
export const ELSEWHERE: readonly Ip[] = ['203.0.113.10', '2001:db8:113::10'].map((text) => parseIp(text) as Ip);

export type Asked = {
  readonly plan: Plan;
  readonly namespace: string;
  /** The Services of the cluster, where it has any. */
  readonly table?: ServiceTable;
  /** Who asks, where that is known: what a name means depends on it. */
  readonly client?: End;
};

/** No end, and why. */
export const fail = (code: string, message: string, hint?: string): Found => ({
  problem: { severity: 'error', code, message, ...(hint !== undefined && { hint }) },
});

/** The nearest of the choices, else a few of them. */
export const didYouMean = (name: string, choices: readonly string[]): string | undefined => {
  const guess = nearest(name, choices);
  if (guess !== undefined) return `did you mean ${guess}?`;
  if (choices.length === 0) return undefined;
  const shown = choices.slice(0, 5).join(', ');
  return `there ${choices.length === 1 ? 'is' : 'are'} ${shown}${choices.length > 5 ? `, and ${choices.length - 5} more` : ''}`;
};
