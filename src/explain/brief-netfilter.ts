import type { Step, StepDetail } from '../dataplane/walk.ts';
import { type Brief, detail, main, verbose } from './brief-level.ts';
import { endpoint } from './packet.ts';
import { bare, deciding, exempting, returning } from './rules.ts';

type Of<K extends StepDetail['kind']> = Extract<Step, { kind: K }>;

export const filterBrief = (step: Of<'filter'>): Brief => {
  const where = `${step.table} ${step.chain}`;
  const line = deciding(step);
  switch (step.verdict) {
    case 'accept':
      return step.policy ? verbose(`${where}: ${line ?? 'accepts'}`) : detail(`${where}: ${bare(line ?? 'accepts')}`);
    case 'drop':
    case 'reject':
      return main(`${step.verdict === 'drop' ? 'dropped' : 'rejected'} by ${where}: ${bare(line ?? '')}`);
  }
};

const NAT_WORDS: Readonly<Record<Of<'translate'>['nat'], string>> = {
  masquerade: 'masquerade',
  snat: 'source NAT',
  dnat: 'destination NAT',
  redirect: 'redirect',
  'un-snat': 'source NAT undone',
  'un-dnat': 'destination NAT undone',
};

const portsOf = (l4: Step['packet']['l4']): { readonly sport?: number; readonly dport?: number } =>
  'dport' in l4 ? { sport: l4.sport, dport: l4.dport } : {};

/** What a translation changed: the end that is no longer the same, with its port where that matters. */
export const changed = (step: Of<'translate'>): { readonly from: string; readonly to: string } => {
  const { before, packet } = step;
  const [a, b] = [portsOf(before.l4), portsOf(packet.l4)];
  // The port of a Service or a pod says which of its applications is meant; that of a client says nothing, unless it changed.
  const destination = before.dst !== packet.dst || a.dport !== b.dport;
  if (destination) {
    const port = step.nat !== 'un-snat' || a.dport !== b.dport;
    return {
      from: endpoint(before.dst, port ? a.dport : undefined),
      to: endpoint(packet.dst, port ? b.dport : undefined),
    };
  }
  const port = step.nat === 'un-dnat' || a.sport !== b.sport;
  return {
    from: endpoint(before.src, port ? a.sport : undefined),
    to: endpoint(packet.src, port ? b.sport : undefined),
  };
};

export const translateBrief = (step: Of<'translate'>): Brief => {
  const { from, to } = changed(step);
  if (step.table === 'ipvs') return main(`ip_vs: ${from} -> ${to}`);
  return main(`${NAT_WORDS[step.nat]} ${from === to ? `leaves ${to} as it is` : `${from} -> ${to}`}`);
};

export const skipBrief = (step: Of<'skip'>): Brief => {
  const what = step.hook === 'postrouting' || step.hook === 'input' ? 'no masquerade' : 'no destination NAT';
  const rule = returning(step.tried);
  const excepted = exempting(step.tried);
  if (rule) return detail(`${what}: ${step.table} ${bare(rule.line)}`);
  return excepted
    ? detail(`${what}: ${excepted.failed} in ${step.table} ${bare(excepted.line)}`)
    : verbose(`${what}: no rule of ${step.table} ${step.hook.toUpperCase()} applies`);
};
