import type { Step, StepDetail } from '../dataplane/walk.ts';
import { formatIp } from '../net/ip.ts';
import { changed } from './brief-netfilter.ts';
import { bare, deciding, exempting, returning } from './rules.ts';
import { markedBy, marks, serviceName, serviceOf } from './service.ts';
import type { View } from './view.ts';

// One sentence for a learner, for each kind of step that netfilter, ip_vs and connection tracking take.

type Of<K extends StepDetail['kind']> = Extract<Step, { kind: K }>;

const madeFor = ({ because }: Step): string => {
  const service = serviceOf(because);
  return service?.plugin === 'kube-proxy' ? `; kube-proxy made it for the Service ${serviceName(service)}` : '';
};

export const filterNote = (step: Of<'filter'>): string => {
  const line = bare(deciding(step) ?? '');
  const where = `chain ${step.chain} of table ${step.table}`;
  if (step.policy) return `No rule decides in ${where}, so its policy does: ${step.verdict}.`;
  const did = step.verdict === 'accept' ? 'lets the packet pass' : step.verdict === 'drop' ? 'drops it' : 'refuses it';
  return `In ${where} the rule "${line}" ${did}${madeFor(step)}.`;
};

const masquerade = (view: View, step: Of<'translate'>, { from, to }: ReturnType<typeof changed>): string => {
  const what =
    from === to ? `The source ${to} stays, as it is this machine's own address` : `The source ${from} becomes ${to}`;
  const rule = markedBy(view, step);
  const asked = rule ? ` kube-proxy asked for it with a mark, by the rule "${bare(rule.line)}".` : '';
  return `${what}: the packet leaves under this machine's own address, and answers come back to it.${asked}`;
};

// Behind a Service one endpoint is chosen; a load balancer's rules are for Services too, and kube-proxy did not make them.
const destination = (step: Of<'translate'>, { from, to }: ReturnType<typeof changed>): string => {
  const service = serviceOf(step.because);
  if (!service) return `The destination ${from} becomes ${to}.`;
  const name = serviceName(service);
  return service.plugin === 'kube-proxy'
    ? `kube-proxy serves the Service ${name} at ${from}, and sends this connection to its endpoint ${to}.`
    : `The load balancer of the Service ${name} passes the connection on: ${from} becomes ${to}.`;
};

export const translateNote = (view: View, step: Of<'translate'>): string => {
  const { from, to } = changed(step);
  const what = `${from} becomes ${to}`;
  switch (step.nat) {
    case 'masquerade':
      return masquerade(view, step, { from, to });
    case 'snat':
      return `The source ${what}.`;
    case 'dnat':
    case 'redirect':
      if (step.table !== 'ipvs') return destination(step, { from, to });
      return `ip_vs takes the packet for a virtual server and sends it to a real server: ${what}.`;
    case 'un-snat':
    case 'un-dnat':
      if (step.table === 'ipvs') return `ip_vs gives the answer of the real server the virtual address back: ${what}.`;
      return step.nat === 'un-dnat'
        ? `Connection tracking remembers the translation and undoes it for the answer, so that it comes from the address that was asked: ${what}.`
        : `Connection tracking remembers the translation and undoes it for the answer: ${what}.`;
  }
};

export const skipNote = (step: Of<'skip'>): string => {
  const rule = returning(step.tried);
  const source = step.hook === 'postrouting' || step.hook === 'input';
  const kept = source ? `The source ${formatIp(step.packet.src)}` : `The destination ${formatIp(step.packet.dst)}`;
  const excepted = exempting(step.tried);
  if (excepted) return `${kept} stays as it is: the rule "${bare(excepted.line)}" makes an exception for it.`;
  return rule
    ? `${kept} stays as it is: the rule "${bare(rule.line)}" leaves the chain before one that would rewrite it.`
    : `${kept} stays as it is: no rule rewrites it.${step.tried.some(marks) ? ' kube-proxy marks the packet, which asks for a masquerade on its way out.' : ''}`;
};
